import type { Logger } from 'pino';
import type { Command, SettlementLine } from '../../schemas/generated/orders-commands.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import { nothingGiven } from '../audit/given.ts';
import { type AuditConfig, openAuditSources, recordLive } from '../audit/live-recording.ts';
import { readSinkPositions } from '../audit/read-clickhouse.ts';
import type { ClickHouseClient } from '../clients/clickhouse.ts';
import type { Log } from '../clients/log.ts';
import { connectSchemaRegistry } from '../clients/schema-registry.ts';
import { openPsp, type PspConfig } from '../psp/open-psp.ts';
import type { Facts, PspAdapter, SettlementEntry } from '../psp/psp.ts';
import { type BookedMove, type MoneyBooks, readMoneyBooks } from './money-books.ts';
import { type Difference, dayOf, fileDays, reconcileDay } from './reconcile-day.ts';

export interface ReconcileOptions {
  readonly config: AuditConfig & PspConfig;
  readonly logger: Logger;
  /** UTC, ISO. */
  readonly day: string;
  readonly nowMs: number;
  /** Says of each difference whether its line is to be appended, if it has one. */
  readonly appends: (difference: Difference) => boolean;
}

/** One store's day in one currency, minor units. */
export interface DaySum {
  readonly store: string;
  readonly currency: string;
  readonly lines: number;
  readonly grossMinor: number;
  readonly feeMinor: number;
  readonly netMinor: number;
}

export interface Reconciliation {
  readonly day: string;
  /** Moves of the day by our books. */
  readonly moves: number;
  /** Of the settlement file. */
  readonly sums: readonly DaySum[];
  readonly differences: readonly Difference[];
  /** Differences that are more than a matter of timing. */
  readonly unexplained: number;
  /** Those whose line was appended: the order looks at the provider then. */
  readonly appended: readonly Difference[];
}

const dayMs = 86_400_000;
const callsAtOnce = 16;

/**
 * Compares a day of the orders journal with the provider's settlement files and objects and with ClickHouse, for every
 * store of the journal; then appends what is asked for. Rejects where a source cannot be read or written.
 */
export async function runReconcile(options: ReconcileOptions): Promise<Reconciliation> {
  const { config, logger, day, nowMs, appends } = options;
  const sources = await openAuditSources(config, logger);
  const psp = await openPsp(config, callsAtOnce);
  try {
    // the sink first: whatever it holds stands in the journal that is read after it
    const rows = await readRows(sources.clickHouse, day);
    const given = { restAtMs: null, clientJournals: '', given: nothingGiven };
    const books = await readMoneyBooks(recordLive(sources, config, given));
    const stores = [...new Set(books.moves.map(({ store }) => store))].toSorted();
    const sums: DaySum[] = [];
    const differences: Difference[] = [];
    for (const store of stores) {
      const lines = await readLines(psp, store, day, nowMs);
      const objects = await readObjects(psp, movesOf(books, store, day));
      sums.push(
        ...sumsOf(
          store,
          lines.filter((line) => line.day === day),
        ),
      );
      differences.push(...reconcileDay({ store, day, todayMs: nowMs, books, lines, objects, ...rows }));
    }
    const appended = differences.filter((one) => one.line !== null && appends(one));
    if (appended.length > 0) {
      const registry = await connectSchemaRegistry({ url: config.registryUrl, logger });
      const codec = registry.createCodec<Command>(inboxOf('orders'));
      for (const one of appended) await append(sources.log, codec, sources.partitions, config.psp, one);
    }
    return {
      day,
      moves: stores.reduce((count, store) => count + movesOf(books, store, day).length, 0),
      sums,
      differences,
      unexplained: differences.filter((one) => one.class !== 'timing').length,
      appended,
    };
  } finally {
    await psp.close();
    await sources.close();
  }
}

const movesOf = (books: MoneyBooks, store: string, day: string): readonly BookedMove[] =>
  books.moves.filter((move) => move.store === store && dayOf(move.atMs) === day);

/** The files of the day and of the days after it in which its moves may stand. */
async function readLines(
  psp: Pick<PspAdapter, 'settlements'>,
  store: string,
  day: string,
  nowMs: number,
): Promise<readonly SettlementEntry[]> {
  const lines: SettlementEntry[] = [];
  for (let i = 0; i < fileDays; i += 1) {
    const atMs = Date.parse(day) + i * dayMs;
    if (atMs > nowMs) break;
    for await (const line of psp.settlements(store, dayOf(atMs))) lines.push(line);
  }
  return lines;
}

/** The object of each payment that moved; one that is unavailable is no evidence and is left out. */
async function readObjects(
  psp: Pick<PspAdapter, 'lookUp'>,
  moves: readonly BookedMove[],
): Promise<ReadonlyMap<string, Facts | 'not-found'>> {
  const asked = new Map(moves.map(({ pspRef, opId }) => [pspRef, opId]));
  const waiting = [...asked];
  const objects = new Map<string, Facts | 'not-found'>();
  const ask = async (): Promise<void> => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const [pspRef, opId] = next;
      const found = await psp.lookUp({ opId, pspRef });
      if (found !== 'unavailable') objects.set(pspRef, found);
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, ask));
  return objects;
}

/** What ClickHouse holds of the day's captures and refunds, and how far it has folded. */
async function readRows(client: ClickHouseClient, day: string) {
  const positions = new Map((await readSinkPositions(client)).map(({ partition, seq }) => [partition, seq]));
  const result = await client.query({
    query: `SELECT op_id, toString(argMax(amount_minor, seq)) AS amount, argMax(currency, seq) AS currency FROM payments
      WHERE event IN ('PaymentCaptured', 'RefundRecorded') AND toDate(at, 'UTC') >= {day: Date} GROUP BY op_id`,
    query_params: { day },
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ op_id: string; amount: string; currency: string }>();
  return {
    rows: new Map(
      rows.map(({ op_id, amount, currency }) => [op_id, { amountMinor: Number(amount), currency }]),
    ),
    isFolded: ({ partition, seq }: BookedMove): boolean => seq <= (positions.get(partition) ?? -1),
  };
}

function sumsOf(store: string, lines: readonly SettlementEntry[]): readonly DaySum[] {
  const sums = new Map<string, DaySum>();
  for (const { gross, feeMinor, netMinor } of lines) {
    const { currency } = gross;
    const sum = sums.get(currency) ?? { store, currency, lines: 0, grossMinor: 0, feeMinor: 0, netMinor: 0 };
    sums.set(currency, {
      ...sum,
      lines: sum.lines + 1,
      grossMinor: sum.grossMinor + gross.minor,
      feeMinor: sum.feeMinor + feeMinor,
      netMinor: sum.netMinor + netMinor,
    });
  }
  return [...sums.values()];
}

/** The line as a command: a reason to look. Under its order where it names one, else under the payment's reference. */
function toCommand(psp: string, { store, orderId, line }: Difference): Command<SettlementLine> | null {
  if (!line) return null;
  return {
    store,
    commandId: null,
    fingerprint: null,
    requestId: null,
    body: {
      type: 'SettlementLine',
      orderId: orderId ?? `psp:${line.pspRef}`,
      psp,
      lineId: line.lineId,
      day: line.day,
      kind: line.kind,
      pspRef: line.pspRef,
      opId: line.opId ?? null,
      grossMinor: line.gross.minor,
      feeMinor: line.feeMinor,
      netMinor: line.netMinor,
      currency: line.gross.currency,
      settledMinor: line.settled?.minor ?? null,
      settledCurrency: line.settled?.currency ?? null,
    },
  };
}

/** Throws if the log does not say that it took the command. */
async function append(
  log: Pick<Log, 'append'>,
  codec: TopicCodec<Command>,
  partitions: number,
  psp: string,
  difference: Difference,
): Promise<void> {
  const command = toCommand(psp, difference);
  if (!command) return;
  const key = command.body.orderId;
  const records = [{ key, value: codec.encode(command) }];
  const partition = partitionOf(key, partitions);
  const [outcome] = await log.append([{ topic: inboxOf('orders'), partition, records }]);
  if (outcome?.is !== 'appended') {
    throw new Error(`the settlement line ${command.body.lineId} was ${outcome?.is ?? 'not answered'}`, {
      cause: outcome?.error,
    });
  }
}
