import type { Logger } from 'pino';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import { nothingGiven } from '../audit/given.ts';
import {
  type AuditConfig,
  type AuditSources,
  openAuditSources,
  recordLive,
} from '../audit/live-recording.ts';
import { readStoresConfig } from '../clients/read-stores-config.ts';
import { connectSchemaRegistry, type SchemaRegistry } from '../clients/schema-registry.ts';
import { openPsp, type PspConfig } from '../psp/open-psp.ts';
import type { Payout, PspAdapter, SettlementEntry } from '../psp/psp.ts';
import { appendLine, toCommand } from './append-line.ts';
import { keepResults, resultOf } from './keep-days.ts';
import { type DaySum, type PayoutSum, payoutSum, sumsOf } from './day-sums.ts';
import type { Difference } from './difference.ts';
import { type MoneyBooks, readMoneyBooks } from './money-books.ts';
import { callsAtOnce, readLines, readObjects, readPayouts, readSinkRows, type SinkRows } from './read-day.ts';
import { movesOf, reconcileDay } from './reconcile-day.ts';
import { kafkaLink, registryLink } from '../clients/links.ts';

export interface ReconcileOptions {
  readonly config: AuditConfig & PspConfig;
  readonly logger: Logger;
  /** UTC, ISO. */
  readonly day: string;
  readonly nowMs: number;
  /** Says of each difference whether its line is to be appended, if it has one. */
  readonly appends: (difference: Difference) => boolean;
}

/** What could not be compared: without it "0 unexplained" would say too much. */
export interface Unchecked {
  /** Payments whose object the provider did not give. */
  readonly objects: number;
  /** Moves that ClickHouse has not folded yet. */
  readonly rows: number;
}

/** One store's day. */
export interface StoreDay {
  readonly store: string;
  /** By our books. */
  readonly moves: number;
  /** Of the day's settlement file. */
  readonly sums: readonly DaySum[];
  readonly payouts: readonly PayoutSum[];
  readonly differences: readonly Difference[];
  /** Differences that are more than a matter of timing. */
  readonly unexplained: number;
  readonly unchecked: Unchecked;
}

export interface Reconciliation {
  readonly day: string;
  /** Epoch ms, when it was begun. */
  readonly atMs: number;
  /** Every store there is, by name. */
  readonly stores: readonly StoreDay[];
  /** Of all stores. */
  readonly unexplained: number;
  readonly unchecked: Unchecked;
  /** Those whose line was appended: the order looks at the provider then. */
  readonly appended: readonly Difference[];
}

/**
 * Compares a day of the orders journal with the provider's settlement files, payouts and objects and with ClickHouse, for
 * every store; keeps what it came to (`ops.reconciliations.v1`), then appends what is asked for. Rejects where a source
 * cannot be read or written.
 */
export async function runReconcile(options: ReconcileOptions): Promise<Reconciliation> {
  const { config, logger, day, nowMs } = options;
  const sources = await openAuditSources(config, logger);
  const psp = await openPsp(config, callsAtOnce);
  try {
    const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
    const kafka = kafkaLink(config, 'millrace-reconcile', logger);
    const stores = await readStoresConfig(kafka, sources.log, registry);
    // the journal last: what the others hold has been asked for there, or they hold what nobody asked for
    const rows = await readSinkRows(sources.clickHouse, day);
    const files: StoreFiles[] = [];
    for (const store of [...new Set(stores.map((one) => one.store))].toSorted()) {
      const lines = await readLines(psp, store, day, nowMs);
      files.push({ store, lines, payouts: await readPayouts(psp, store, day, nowMs) });
    }
    const given = { restAtMs: null, clientJournals: '', given: nothingGiven };
    const books = await readMoneyBooks(recordLive(sources, config, given));
    const days: StoreDay[] = [];
    const summed = new Set<string>();
    for (const file of files) {
      days.push(await reconcileStore({ psp, books, rows, file, day, nowMs, summed }));
    }
    await keepResults(
      sources.log,
      registry.createCodecs()['ops.reconciliations.v1'],
      days.map((one) => resultOf({ day, atMs: nowMs }, one)),
    );
    const sum = (of: (one: StoreDay) => number) => days.reduce((total, one) => total + of(one), 0);
    return {
      day,
      atMs: nowMs,
      stores: days,
      unexplained: sum(({ unexplained }) => unexplained),
      unchecked: {
        objects: sum(({ unchecked }) => unchecked.objects),
        rows: sum(({ unchecked }) => unchecked.rows),
      },
      appended: await appendAll(options, { ...sources, registry }, days),
    };
  } finally {
    await psp.close();
    await sources.close();
  }
}

interface StoreFiles {
  readonly store: string;
  readonly lines: readonly SettlementEntry[];
  readonly payouts: readonly Payout[];
}

interface StoreSources {
  readonly psp: PspAdapter;
  readonly books: MoneyBooks;
  readonly rows: SinkRows;
  readonly file: StoreFiles;
  readonly day: string;
  readonly nowMs: number;
  /** Payouts whose sum was compared for a store before; those of this one are added. */
  readonly summed: Set<string>;
}

async function reconcileStore(of: StoreSources): Promise<StoreDay> {
  const { psp, books, rows, file, day, nowMs, summed } = of;
  const { store, lines, payouts } = file;
  const moves = movesOf(books, store, day);
  const objects = await readObjects(psp, moves);
  const differences = reconcileDay({
    ...file,
    ...rows,
    day,
    todayMs: nowMs,
    books,
    objects,
    summed,
    payoutWithinDays: psp.payoutWithinDays,
  });
  const own = payouts.filter((payout) => payout.day === day && !summed.has(payout.payoutId));
  for (const { payoutId } of own) summed.add(payoutId);
  return {
    store,
    moves: moves.length,
    sums: sumsOf(
      store,
      lines.filter((line) => line.day === day),
    ),
    payouts: own.map((payout) => payoutSum(store, payout)),
    differences,
    unexplained: differences.filter((one) => one.class !== 'timing').length,
    unchecked: {
      objects: new Set(moves.map(({ pspRef }) => pspRef)).size - objects.size,
      rows: moves.filter((move) => !rows.isFolded(move)).length,
    },
  };
}

async function appendAll(
  { config, appends }: ReconcileOptions,
  { log, partitions, registry }: Pick<AuditSources, 'log' | 'partitions'> & { registry: SchemaRegistry },
  stores: readonly StoreDay[],
): Promise<readonly Difference[]> {
  const asked = stores
    .flatMap(({ differences }) => differences)
    .filter((one) => one.line !== null && appends(one));
  if (asked.length === 0) return [];
  const codec = registry.createCodec<Command>(inboxOf('orders'));
  for (const one of asked) {
    if (one.line !== null) await appendLine(log, codec, partitions, toCommand(config.psp, one, one.line));
  }
  return asked;
}
