import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { Problem } from '../http/problem.ts';

/** Fewer than a client has connections, so that an export never waits for one. */
const exportsMax = 4;
/** One that asks for much leaves room for the other stores. */
const exportsOfStoreMax = 2;
/** ms: a reader that takes little by little holds its place no longer. */
const exportWithinMs = 300_000;

/**
 * Where exports have their place: each holds a connection for as long as its reader takes, so they have a ClickHouse client
 * of their own and are few; reports, lineage and lag go on beside them.
 */
export class ExportRoom {
  /** Whose connections the rows come over. */
  readonly clickhouse: ClickHouseClient;
  readonly #withinMs: number;
  /** The store of each export inside. */
  readonly #inside: string[] = [];

  constructor(clickhouse: ClickHouseClient, withinMs: number = exportWithinMs) {
    this.clickhouse = clickhouse;
    this.#withinMs = withinMs;
  }

  /** Exports inside. */
  get size(): number {
    return this.#inside.length;
  }

  /** Does one export, which ends with its signal. Throws `overloaded` where there is no place, before anything is asked. */
  async enter<T>(store: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const ofStore = this.#inside.filter((inside) => inside === store).length;
    if (this.size >= exportsMax || ofStore >= exportsOfStoreMax) {
      throw new Problem('overloaded', {
        detail: `At most ${exportsOfStoreMax} exports of a store and ${exportsMax} in all are written at once. Read the others to their end or close them, and ask again after Retry-After seconds; format=json is answered meanwhile.`,
        retryAfterSeconds: 5,
      });
    }
    this.#inside.push(store);
    try {
      return await work(AbortSignal.timeout(this.#withinMs));
    } finally {
      this.#inside.splice(this.#inside.indexOf(store), 1);
    }
  }
}
