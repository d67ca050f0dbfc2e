import type { DayReconciled, ReconciliationResult } from '../../schemas/generated/ops-reconciliations.ts';

/** The last reconciliation of one day. */
export type ReconciledDay = Omit<DayReconciled, 'type'> & { readonly atMs: number };

/** What the last reconciliation of each store and day came to: `ops.reconciliations.v1`, folded in memory. */
export class ReconciledDays {
  readonly #stores = new Map<string, Map<string, ReconciledDay>>();

  /** Applies one record of the topic; the newest of a store's day counts. */
  apply({ store, atMs, body: { type: _type, ...result } }: ReconciliationResult): void {
    const days = this.#stores.get(store) ?? new Map<string, ReconciledDay>();
    this.#stores.set(store, days.set(result.day, { ...result, atMs }));
  }

  /** Of one store, the newest day first. */
  of(store: string): readonly ReconciledDay[] {
    const days = this.#stores.get(store) ?? new Map<string, ReconciledDay>();
    return [...days.values()].toSorted((a, b) => (a.day < b.day ? 1 : -1));
  }
}
