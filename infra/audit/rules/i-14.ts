import type { Event as OrderEvent } from '../../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../../schemas/generated/stock-events.ts';
import type { OrderEventView } from '../../../schemas/order-view.ts';
import { isNote, isParkingEvent } from '../../../schemas/notes.ts';
import { orderKeys, stockKeys } from '../../../schemas/redis-keys.ts';
import type { StockView } from '../../../schemas/stock-view.ts';
import { type Document, documentOf, foldDocument } from '../order-document.ts';
import { listsOf } from '../order-lists.ts';
import { ParkedDocuments } from '../parked-document.ts';
import type { RedisEntry, RedisValue } from '../recording.ts';
import {
  createFindings,
  type Fact,
  type Findings,
  type JournalStep,
  type Place,
  type Rule,
} from '../rule.ts';
import { parseViewPosition } from '../stored-position.ts';
import { foldStockDocument } from '../stock-document.ts';

type Position = NonNullable<ReturnType<typeof parseViewPosition>>;

/** What one partition's view must be at its position. */
interface Expected {
  readonly position: Position | null;
  isInJournal: boolean;
  cause: number;
  watermark: number;
  /** The journal's last event of an aggregate, whether the view has it or not. */
  lastOfAggregate: number;
  readonly orders: Map<string, Document>;
  readonly parked: ParkedDocuments;
  readonly stock: Map<string, StockView>;
  /** Events of orders by seq, the newest ones: the stream is capped. */
  readonly events: Map<number, OrderEventView>;
  readonly seen: Set<string>;
  /** Members of each list that was read. */
  readonly listSizes: Map<string, number>;
}

/** More than the stream keeps, so that what it keeps can be compared. */
const eventsKept = 50_000;

/**
 * I-14: each key of a view is the fold of its journal to the view's position, and that position (offset, seq,
 * writer) stands in the journal. Keys that must not be there, and ones that are missing, are violations too.
 */
export function createI14(): Rule {
  const findings = createFindings('I-14');
  let view = empty(null);
  let isStill = true;
  let isRecorded = true;
  const behind: string[] = [];

  return {
    id: 'I-14',
    begin({ atRest, hasRedis }) {
      isStill = atRest;
      isRecorded = hasRedis;
    },
    onJournal(step) {
      if (isRecorded) noteJournal(view, step);
    },
    onFact(fact) {
      if (isRecorded) noteFact(view, fact);
    },
    onRedis(place, entry) {
      if (entry.key === keysOf(place).position) {
        const position = parseViewPosition(entry);
        findings.check(
          position !== null,
          () => `${entry.key} is no position: ${JSON.stringify(entry.value)}`,
        );
        view = empty(position);
        view.seen.add(entry.key);
        return;
      }
      if (!view.position) return findings.violate(`${entry.key} stands in a view without a position`);
      view.seen.add(entry.key);
      // Without rest a view moves while it is read: what is newer than its position, and lists, tell nothing.
      if (!isStill && hasMoved(view.position, entry)) return;
      const wrong =
        place.processor === 'orders' ? judgeOrderKey(view, place, entry) : judgeStockKey(view, entry, place);
      findings.check(wrong === null, () => `${entry.key}: ${wrong}`);
    },
    onPartitionEnd(place) {
      if (place.processor === 'catalogue' || !isRecorded) return;
      const { position, isInJournal, cause, watermark, lastOfAggregate } = view;
      const { position: key } = keysOf(place);
      if (!position) {
        // A journal without a valid event has no view yet.
        if (lastOfAggregate > 0)
          findings.violate(`${key} is missing, the journal has events up to seq ${lastOfAggregate}`);
      } else {
        const isStart = position.seq === 0 && position.writer === null;
        findings.check(
          isInJournal || isStart,
          () =>
            `${key}: no valid record of the journal stands at offset ${position.offset} with seq ${position.seq} and writer ${position.writer}`,
        );
        const isCause = position.cause === cause && position.atMs === watermark;
        findings.check(
          isCause,
          () =>
            `${key}: cause ${position.cause} and watermark ${position.atMs}, the fold to seq ${position.seq} has ${cause} and ${watermark}`,
        );
        if (lastOfAggregate > position.seq)
          behind.push(
            `${key} stands at seq ${position.seq}, the journal has events up to ${lastOfAggregate}`,
          );
        findMissing(findings, view, place, isStill);
      }
      view = empty(null);
    },
    end({ atRest }) {
      if (atRest) for (const message of behind) findings.violate(message);
      return findings.report(isRecorded ? undefined : 'Redis was not recorded');
    },
  };
}

const empty = (position: Position | null): Expected => ({
  position,
  isInJournal: false,
  cause: -1,
  watermark: 0,
  lastOfAggregate: 0,
  orders: new Map(),
  parked: new ParkedDocuments(),
  stock: new Map(),
  events: new Map(),
  seen: new Set(),
  listSizes: new Map(),
});

const keysOf = ({ processor, partition }: Place): { readonly position: string } => ({
  position: processor === 'orders' ? orderKeys.position(partition) : stockKeys.position(partition),
});

function noteJournal(view: Expected, { record, isValid, seq, writer }: JournalStep): void {
  const { position } = view;
  if (isValid && position?.offset === record.offset) {
    view.isInJournal = position.seq === seq && position.writer === writer;
  }
}

function noteFact(view: Expected, { processor, partition, event, key }: Fact): void {
  if (processor === 'catalogue') return;
  const { seq, atMs } = event;
  const changed = processor === 'orders' ? documentOf((event as OrderEvent).body) : null;
  const isAggregate =
    changed !== null || (key !== null && !isNote(event.body) && !isParkingEvent(event.body));
  if (isAggregate) view.lastOfAggregate = seq;
  if (!view.position || seq > view.position.seq) return;
  view.cause = Math.max(view.cause, event.cause.offset);
  if (event.body.type === 'TimePassed') view.watermark = event.body.atMs;
  const at = { atMs, position: `${partition}.${seq}` };
  if (processor === 'stock') {
    const { body } = event as StockEvent;
    if (!('sku' in body)) return;
    const id = stockKeys.sku(partition, body.store, body.sku);
    const stock = foldStockDocument(view.stock.get(id), body, at);
    if (stock) view.stock.set(id, stock);
    return;
  }
  const { body } = event as OrderEvent;
  view.parked.take(body, { ...at, causeOffset: event.cause.offset });
  if (changed === null) return;
  const order = foldDocument(view.orders.get(changed), body, at);
  if (!order) return;
  view.orders.set(changed, order);
  const { orderId, store, status } = order;
  view.events.set(seq, { position: at.position, type: body.type, atMs, orderId, store, status });
  if (view.events.size > eventsKept) view.events.delete(view.events.keys().next().value ?? seq);
}

const mismatch = (text: string, expected: unknown): string | null => {
  // Mostly the names stand in one order: then neither side has to be sorted.
  if (text === JSON.stringify(expected)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `is not JSON: ${text.slice(0, 80)}`;
  }
  if (canonical(value) === canonical(expected)) return null;
  const [is, wanted] = [fieldsOf(value), fieldsOf(expected)];
  const names = [...new Set([...Object.keys(is), ...Object.keys(wanted)])];
  const differing = names.filter((name) => canonical(is[name]) !== canonical(wanted[name]));
  return differing
    .map((name) => `${name} is ${canonical(is[name])}, the fold has ${canonical(wanted[name])}`)
    .join('; ');
};

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { value };

/** JSON with the names of every object in order. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  ) ?? 'missing';

/** True for a list or stream, and for a document that stands behind an event after `position`. */
function hasMoved(position: Position, { value }: RedisEntry): boolean {
  const seq = /"position":"\d+\.(\d+)"/.exec(textOf(value) ?? '')?.[1];
  return seq === undefined || Number(seq) > position.seq;
}

const textOf = (value: RedisValue): string | null => (value.is === 'string' ? value.text : null);

function judgeStockKey(view: Expected, { key, value }: RedisEntry, { partition }: Place): string | null {
  if (value.is === 'zset') return judgeSkuList(view, partition, key, value.scores);
  const expected = view.stock.get(key);
  if (!expected)
    return `stands in stock partition ${partition}, the fold to seq ${view.position?.seq} has no such SKU`;
  const text = textOf(value);
  return text === null ? 'is not a string' : mismatch(text, expected);
}

/** Every SKU of a store the partition knows, in the order of their names. */
function judgeSkuList(
  view: Expected,
  partition: number,
  key: string,
  scores: ReadonlyMap<string, number>,
): string | null {
  const store = key.slice(stockKeys.skus(partition, '').length);
  for (const [sku, score] of scores) {
    const isKnown = view.stock.has(stockKeys.sku(partition, store, sku));
    if (key !== stockKeys.skus(partition, store) || !isKnown) return `lists ${sku}, which the fold has not`;
    if (score !== 0) return `lists ${sku} at ${score}, not in the order of its name`;
  }
  view.listSizes.set(key, scores.size);
  return null;
}

function judgeOrderKey(view: Expected, { partition }: Place, { key, value }: RedisEntry): string | null {
  if (key === orderKeys.events(partition)) return judgeStream(view, value);
  if (value.is === 'zset') return judgeList(view, partition, key, value.scores);
  const under = (prefix: string): string | null => (key.startsWith(prefix) ? key.slice(prefix.length) : null);
  const order = under(orderKeys.order(partition, ''));
  const parked = under(orderKeys.parked(partition, ''));
  const expected =
    order !== null ? view.orders.get(order) : parked !== null ? view.parked.get(parked) : undefined;
  if (!expected) return `the fold to seq ${view.position?.seq} has no such key`;
  const text = textOf(value);
  return text === null ? 'is not a string' : mismatch(text, expected);
}

function judgeList(
  view: Expected,
  partition: number,
  key: string,
  scores: ReadonlyMap<string, number>,
): string | null {
  for (const [member, score] of scores) {
    const order = view.orders.get(member);
    if (!order) return `lists ${member}, which the fold has not`;
    const wanted = listsOf(partition, order).get(key);
    if (wanted === undefined) return `lists ${member}, which does not belong there`;
    if (wanted !== score) return `lists ${member} at ${score}, it stands there since ${wanted}`;
  }
  view.listSizes.set(key, scores.size);
  return null;
}

function judgeStream(view: Expected, value: RedisValue): string | null {
  if (value.is !== 'stream') return 'is not a stream';
  const oldest = view.events.keys().next().value ?? 0;
  let before = 0;
  for (const { id, fields } of value.entries) {
    const seq = Number(/^(\d+)-0$/.exec(id)?.[1]);
    const expected = view.events.get(seq);
    if (!expected && seq < oldest) continue;
    if (!expected) return `has the entry ${id}, which the fold has not`;
    if (fields['order'] !== expected.orderId)
      return `entry ${id} is of ${fields['order']}, the event of ${expected.orderId}`;
    const wrong = mismatch(fields['event'] ?? '', expected);
    if (wrong !== null) return `entry ${id} ${wrong}`;
    // Entries leave at the old end alone.
    const missing = before === 0 ? undefined : [...between(view.events, before, seq)][0];
    if (missing !== undefined) return `lacks the entry ${missing}-0`;
    before = seq;
  }
  const last = [...view.events.keys()].at(-1);
  return last === undefined || before === last ? null : `ends with ${before}-0, the last event is ${last}`;
}

function* between(events: ReadonlyMap<number, unknown>, after: number, until: number): Generator<number> {
  for (let seq = after + 1; seq < until; seq += 1) if (events.has(seq)) yield seq;
}

/** Keys the fold has and Redis has not, and lists that are too short. */
function findMissing(
  findings: Findings,
  view: Expected,
  { processor, partition }: Place,
  isStill: boolean,
): void {
  if (processor === 'stock') {
    const sizes = new Map<string, number>();
    for (const [key, { store }] of view.stock) {
      findings.check(view.seen.has(key), () => `${key} is missing`);
      const list = stockKeys.skus(partition, store);
      sizes.set(list, (sizes.get(list) ?? 0) + 1);
    }
    if (isStill) findShortLists(findings, view, sizes, 'SKUs');
    return;
  }
  const sizes = new Map<string, number>();
  for (const [orderId, order] of view.orders) {
    const key = orderKeys.order(partition, orderId);
    findings.check(view.seen.has(key), () => `${key} is missing`);
    for (const list of listsOf(partition, order).keys()) sizes.set(list, (sizes.get(list) ?? 0) + 1);
  }
  for (const orderId of view.parked.orderIds()) {
    const key = orderKeys.parked(partition, orderId);
    findings.check(view.seen.has(key), () => `${key} is missing`);
  }
  if (!isStill) return;
  findShortLists(findings, view, sizes, 'orders');
  const events = orderKeys.events(partition);
  if (view.events.size > 0) findings.check(view.seen.has(events), () => `${events} is missing`);
}

function findShortLists(
  findings: Findings,
  view: Expected,
  sizes: ReadonlyMap<string, number>,
  of: string,
): void {
  for (const [list, size] of sizes) {
    const has = view.listSizes.get(list) ?? 0;
    findings.check(has === size, () => `${list} lists ${has} ${of}, the fold has ${size}`);
  }
}
