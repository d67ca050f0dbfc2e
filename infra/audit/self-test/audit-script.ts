import { auditHashOf, chainStart } from '../../../schemas/audit-chain.ts';
import type { AuditRecord, PrivilegedEffect } from '../../../schemas/generated/ops-audit.ts';
import type { StoreConfigBody } from '../../../schemas/generated/stores-config.ts';
import type { AuditTopicRecord, ConfigTopicRecord, CustomerTopicRecord } from '../recording.ts';

type Announced = Omit<PrivilegedEffect, 'type'> & { readonly actor: string; readonly writer?: string };

/** The audit log and the stores of a script's day. */
export class AuditScript {
  readonly audit: AuditTopicRecord[] = [];
  readonly config: ConfigTopicRecord[] = [];
  readonly customers: CustomerTopicRecord[] = [];
  private readonly chains = new Map<string, AuditRecord>();
  private nowMs: number;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  /** Time goes on with the logs. */
  reach(nowMs: number): void {
    this.nowMs = nowMs;
  }

  announce({ actor, writer = 'api-1', ...effect }: Announced): void {
    const last = this.chains.get(writer);
    const value = {
      writer,
      seq: (last?.seq ?? 0) + 1,
      prev: last?.hash ?? chainStart,
      atMs: this.nowMs,
      actor,
      requestId: null,
      body: { type: 'PrivilegedEffect', ...effect },
    } as const;
    const record = { ...value, hash: auditHashOf(value) };
    this.chains.set(writer, record);
    this.audit.push({ offset: this.audit.length, atMs: this.nowMs, key: actor, value: record });
  }

  /** A store or a key, by the deploy step; `requestId` null: from before there was an audit log. */
  configure(store: string, requestId: string | null, body: StoreConfigBody): void {
    const what = ({ StorePut: 'store.put', KeyPut: 'key.put', KeyRevoked: 'key.revoke' } as const)[body.type];
    const target = body.type === 'StorePut' ? store : `${store}/${body.keyId}`;
    if (requestId !== null) {
      const actor = 'operator:deploy';
      this.announce({ actor, writer: 'deploy', what, effectId: requestId, target, reason: 'deployed' });
    }
    const value = { store, atMs: this.nowMs, requestId, body };
    const key = body.type === 'StorePut' ? store : body.keyId;
    this.config.push({ offset: this.config.length, atMs: this.nowMs, key, value });
  }

  /** A customer is erased; the topic has told it twice, for the first answer was lost. */
  erase(store: string, customerId: string): void {
    const [effectId, by, reason] = ['erase-1', 'ann', 'asked for'] as const;
    const target = `${store}/${customerId}`;
    this.announce({
      actor: `operator:${by}`,
      writer: 'cli-1',
      what: 'customer.erase',
      effectId,
      target,
      reason,
    });
    const body = { type: 'CustomerErased', effectId, by, reason, keys: 1 } as const;
    const value = { store, customerId, atMs: this.nowMs, body };
    for (let copy = 0; copy < 2; copy += 1) {
      const offset = this.customers.length;
      this.customers.push({ offset, atMs: this.nowMs, key: `erased:${target}`, value });
    }
  }

  /** A store with a key of before, the same key written anew, one more, and that one revoked. */
  deploy(store: string): void {
    const key = {
      type: 'KeyPut',
      sha256: 'ab',
      label: 'door full',
      scopes: [],
      expiresAtMs: null,
      dailyQuota: null,
    } as const;
    this.configure(store, 'c-1', {
      type: 'StorePut',
      name: 'Demo',
      timeZone: 'Europe/London',
      currencies: ['GBP'],
      live: true,
      taxRule: 'exclusive',
      shippingMinor: 0,
      shippingTaxBp: 0,
      dailyQuota: null,
    });
    this.configure(store, null, { ...key, keyId: 'k-1' });
    this.configure(store, 'c-2', { ...key, keyId: 'k-1' });
    this.configure(store, 'c-3', { ...key, keyId: 'k-2' });
    this.configure(store, 'c-4', { type: 'KeyRevoked', keyId: 'k-2', reason: 'lost' });
  }
}
