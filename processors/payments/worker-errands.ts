import type { Timer } from '../../infra/clients/clock.ts';
import type { Outcome } from '../../infra/psp/psp.ts';
import type { JournalPosition } from '../../schemas/accept-journal-record.ts';
import type { LookUpRequested, PaymentOpRequested } from '../../schemas/generated/orders-events.ts';
import { attemptOf } from './worker-op.ts';

interface Errand {
  /** Of one name one runs at a time. */
  readonly name: string;
  /** Where the journal stood before it was asked for. */
  readonly before: JournalPosition;
  tries: number;
  timer: Timer | null;
}

/** An operation that waits for an outcome. */
export interface OpErrand extends Errand {
  readonly is: 'op';
  readonly requested: PaymentOpRequested;
  /** When it was asked for, on the log's clock. */
  readonly atMs: number;
  lastIs: Outcome['is'] | null;
  /** Outcomes of the last kind in a row. */
  inRow: number;
  /** When the order heard of it last, on this process's clock. */
  toldAtMs: number;
  told: boolean;
}

/** A question that waits for an answer. */
export interface LookUpErrand extends Errand {
  readonly is: 'look-up';
  readonly asked: LookUpRequested;
}

export type AnyErrand = OpErrand | LookUpErrand;

/**
 * What a partition's journal asks for and nobody has reported yet, oldest first. An errand is known by identity: one
 * that was asked for again is another one under the same name.
 */
export class WorkerErrands {
  private readonly byName = new Map<string, AnyErrand>();
  private readonly namesOfOrder = new Map<string, Set<string>>();

  get size(): number {
    return this.byName.size;
  }

  get(name: string): AnyErrand | undefined {
    return this.byName.get(name);
  }

  has(errand: AnyErrand): boolean {
    return this.byName.get(errand.name) === errand;
  }

  oldest(): AnyErrand | undefined {
    return this.byName.values().next().value;
  }

  all(): IterableIterator<AnyErrand> {
    return this.byName.values();
  }

  /** Takes the place of one of the same name. */
  add(errand: AnyErrand): void {
    this.remove(errand.name);
    this.byName.set(errand.name, errand);
    const { orderId } = orderOf(errand);
    const names = this.namesOfOrder.get(orderId);
    if (names) names.add(errand.name);
    else this.namesOfOrder.set(orderId, new Set([errand.name]));
  }

  remove(name: string): void {
    const errand = this.byName.get(name);
    if (!errand) return;
    errand.timer?.cancel();
    this.byName.delete(name);
    const { orderId } = orderOf(errand);
    const names = this.namesOfOrder.get(orderId);
    names?.delete(name);
    if (names?.size === 0) this.namesOfOrder.delete(orderId);
  }

  /** Drops the operations of the order that `isOver` names. */
  removeOps(orderId: string, isOver: (requested: PaymentOpRequested) => boolean): void {
    for (const name of this.namesOfOrder.get(orderId) ?? []) {
      const errand = this.byName.get(name);
      if (errand?.is === 'op' && isOver(errand.requested)) this.remove(name);
    }
  }

  /** Nothing of it starts any more. */
  clear(): void {
    for (const { timer } of this.byName.values()) timer?.cancel();
    this.byName.clear();
    this.namesOfOrder.clear();
  }
}

const orderOf = (errand: AnyErrand): { readonly orderId: string } =>
  errand.is === 'op' ? errand.requested : errand.asked;

export const createOpErrand = (
  requested: PaymentOpRequested,
  atMs: number,
  before: JournalPosition,
  nowMs: number,
): OpErrand => ({
  is: 'op',
  name: attemptOf(requested),
  requested,
  atMs,
  before,
  tries: 0,
  timer: null,
  lastIs: null,
  inRow: 0,
  toldAtMs: nowMs,
  told: false,
});

/** One for each order: a newer question takes the place of an older one. */
export const createLookUpErrand = (asked: LookUpRequested, before: JournalPosition): LookUpErrand => ({
  is: 'look-up',
  name: `${asked.orderId}?`,
  asked,
  before,
  tries: 0,
  timer: null,
});
