import { auditHashOf, chainStart } from '../../schemas/audit-chain.ts';
import type { AuditRecord } from '../../schemas/generated/ops-audit.ts';

/** Records kept in memory, the newest ones; a privileged effect is a person's act, so they come seldom. */
const keptMax = 1_000;
/** Chains whose end is remembered; a process or command begins one, about 150 bytes each. */
const chainsMax = 10_000;

export interface SeenAuditRecord {
  readonly record: AuditRecord;
  /** Its hash is its own and its link fits the record of its writer before it. */
  readonly isSound: boolean;
}

/** What `ops.audit.v1` said last, with its hash chains checked as they come (decision 0037). */
export class AuditTail {
  readonly #kept: SeenAuditRecord[] = [];
  /** By writer: its last record. The least recently written one is forgotten first. */
  readonly #ends = new Map<string, Pick<AuditRecord, 'seq' | 'hash'>>();
  #isFollowed = false;

  /** From now on `apply` gets every record. */
  begin(): void {
    this.#isFollowed = true;
  }

  /** The topic cannot be read any more: what is known grows old. */
  halt(): void {
    this.#isFollowed = false;
  }

  get isFollowed(): boolean {
    return this.#isFollowed;
  }

  apply(record: AuditRecord): void {
    const { writer, seq, prev, hash } = record;
    const before = this.#ends.get(writer);
    const isLinked = before ? prev === before.hash && seq === before.seq + 1 : seq > 1 || prev === chainStart; // one that goes on a chain whose end was forgotten cannot be told
    this.#ends.delete(writer);
    this.#ends.set(writer, { seq, hash });
    const [oldest] = this.#ends.keys();
    if (this.#ends.size > chainsMax && oldest !== undefined) this.#ends.delete(oldest);
    this.#kept.unshift({ record, isSound: isLinked && hash === auditHashOf(record) });
    if (this.#kept.length > keptMax) this.#kept.pop();
  }

  /**
   * The newest first, of one store: what its keys did, what was done to it or its keys, SKUs and customers, and what is
   * of the whole pipeline. `ownsKey` tells whether a key id is the store's. Not what somebody did to an order on the
   * command line: an order's id does not say whose it is.
   */
  of(store: string, ownsKey: (keyId: string) => boolean): readonly SeenAuditRecord[] {
    return this.#kept.filter(({ record: { actor, body } }) => {
      const target = body.what === 'letters.redrive' ? body.target.replace(/^[a-z]+\//, '') : body.target;
      const isItsTarget = target === store || target.startsWith(`${store}/`);
      return ownsKey(actor) || isItsTarget || ofPipeline.has(body.what);
    });
  }
}

/** Effects that name nothing of any store. */
const ofPipeline: ReadonlySet<AuditRecord['body']['what']> = new Set([
  'views.rebuild',
  'views.flip',
  'views.drop',
  'ledger.rebuild',
  'ledger.flip',
  'ledger.migrate',
  'access.apply',
]);
