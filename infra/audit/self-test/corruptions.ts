import type { RuleId } from '../rule.ts';
import type { AnyEvent, InboxRecord, JournalRecord, RedisEntry } from '../recording.ts';
import type { MemoryRun } from './memory-recording.ts';

type EventType = AnyEvent['body']['type'];
type BodyOf<T extends EventType> = Extract<AnyEvent['body'], { type: T }>;

/** One thing wrong with a clean run, and the rule that must see it. */
export interface Corruption {
  readonly name: string;
  readonly rule: RuleId;
  readonly plant: (run: MemoryRun) => void;
}

const journalsOf = (run: MemoryRun, processor: string): JournalRecord[][] =>
  [...run.journals].filter(([task]) => task.startsWith(processor)).map(([, records]) => records);

/** The place of the nth valid record of a type; zombies write under other tokens, so the last writers count. */
function find<T extends EventType>(
  run: MemoryRun,
  processor: string,
  type: T,
  n = 0,
  fits: (body: BodyOf<T>) => boolean = () => true,
) {
  let left = n;
  for (const records of journalsOf(run, processor)) {
    for (const [i, record] of records.entries()) {
      const { event } = record;
      if (event?.body.type !== type || !fits(event.body as BodyOf<T>)) continue;
      if (left === 0) return { records, i, record, event, body: event.body as BodyOf<T> };
      left -= 1;
    }
  }
  throw new RangeError(`the clean run has no ${type} number ${n} of ${processor}`);
}

/** Changes the body of an event in place of the old one; the copies of it stay as they are. */
function change<T extends EventType>(
  run: MemoryRun,
  processor: string,
  type: T,
  by: (body: BodyOf<T>) => Partial<BodyOf<T>>,
  n = 0,
  fits?: (body: BodyOf<T>) => boolean,
): void {
  const { records, i, record, event, body } = find(run, processor, type, n, fits);
  records[i] = { ...record, event: { ...event, body: { ...body, ...by(body) } } as AnyEvent };
}

/** Puts records in another order or number and gives offsets and seqs of one writer anew, so that nothing else shows. */
function renumber(records: JournalRecord[]): void {
  let seq = 0;
  for (const [offset, record] of records.entries()) {
    const { event } = record;
    if (!event) continue;
    if (event.body.type !== 'Barrier') seq += 1;
    records[offset] = { ...record, offset, event: { ...event, seq, routedThrough: Math.max(0, seq - 1) } };
  }
}

/** Leaves the valid records of each journal, under its first owner, so that a list can be renumbered. */
export function exorcise(run: MemoryRun): void {
  for (const records of run.journals.values()) {
    const first = records[0]?.event?.writer ?? '';
    let owner: string | null = null;
    let seq = 0;
    const kept = records.filter(({ event }) => {
      if (!event) return false;
      if (event.body.type === 'Barrier') {
        const isFirst = owner === null;
        if (event.body.follows === owner) owner = event.body.writer;
        return isFirst;
      }
      if (event.writer !== owner || event.seq !== seq + 1) return false;
      seq += 1;
      return true;
    });
    records.splice(
      0,
      records.length,
      ...kept.map((record) => ({
        ...record,
        event: record.event && { ...record.event, writer: first },
      })),
    );
    renumber(records);
  }
}

function drop(run: MemoryRun, processor: string, type: EventType, n = 0): void {
  exorcise(run);
  const { records, i } = find(run, processor, type, n);
  records.splice(i, 1);
  renumber(records);
}

function double(run: MemoryRun, processor: string, type: EventType, n = 0): void {
  exorcise(run);
  const { records, i, record } = find(run, processor, type, n);
  records.splice(i + 1, 0, record);
  renumber(records);
}

function inboxOf(
  run: MemoryRun,
  fits: (record: InboxRecord) => boolean,
): { records: InboxRecord[]; i: number; record: InboxRecord } {
  for (const records of run.inboxes.values()) {
    const i = records.findIndex(fits);
    const record = records[i];
    if (record) return { records, i, record };
  }
  throw new RangeError('the clean run has no such inbox record');
}

function entryOf(
  run: MemoryRun,
  fits: (entry: RedisEntry) => boolean,
): { entries: RedisEntry[]; i: number; entry: RedisEntry } {
  for (const entries of run.views.values()) {
    const i = entries.findIndex(fits);
    const entry = entries[i];
    if (entry) return { entries, i, entry };
  }
  throw new RangeError('the clean run has no such key');
}

function changeDocument(
  run: MemoryRun,
  key: RegExp,
  by: (document: Record<string, unknown>) => Record<string, unknown>,
): void {
  const { entries, i, entry } = entryOf(run, (one) => key.test(one.key) && one.value.is === 'string');
  if (entry.value.is !== 'string') return;
  const document = JSON.parse(entry.value.text) as Record<string, unknown>;
  entries[i] = {
    key: entry.key,
    value: { is: 'string', text: JSON.stringify({ ...document, ...by(document) }) },
  };
}

function changePosition(run: MemoryRun, field: string, value: string): void {
  const { entries, i, entry } = entryOf(run, ({ key }) => key.endsWith('{o0}:position'));
  if (entry.value.is === 'hash')
    entries[i] = { key: entry.key, value: { is: 'hash', fields: { ...entry.value.fields, [field]: value } } };
}

const last = <T>(items: readonly T[]): T => {
  const item = items.at(-1);
  if (item === undefined) throw new RangeError('an empty list');
  return item;
};

const orderOf = (run: MemoryRun): string => find(run, 'orders', 'OrderPlaced').body.orderId;

export const corruptions: readonly Corruption[] = [
  {
    name: 'a 202 whose order is not in the log',
    rule: 'I-01',
    plant: (run) => drop(run, 'orders', 'OrderPlaced'),
  },
  { name: 'an order placed twice', rule: 'I-01', plant: (run) => double(run, 'orders', 'OrderPlaced') },
  {
    name: 'an order under a key that was only ever refused',
    rule: 'I-01',
    plant: (run) => {
      for (const [i, step] of run.client.entries()) {
        if (step.key === 'cart-1' && step.step === 'ok')
          run.client[i] = { ...step, step: 'fail', status: 422, code: 'unknown-sku' };
      }
    },
  },
  {
    name: 'a reused key answered 202 without its refusal',
    rule: 'I-01',
    plant: (run) => change(run, 'orders', 'CommandRefused', () => ({ reason: 'other' })),
  },
  {
    name: 'stock received twice for one command',
    rule: 'I-01',
    plant: (run) => double(run, 'stock', 'StockReceived'),
  },
  {
    name: 'a movement answered 202 without an event',
    rule: 'I-01',
    plant: (run) => drop(run, 'stock', 'StockReceived'),
  },
  {
    name: 'a product command quarantined after its 202',
    rule: 'I-01',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'catalogue', 'ProductPut');
      records[i] = {
        ...record,
        key: null,
        event: {
          ...event,
          body: { type: 'CommandQuarantined', offset: event.cause.offset, reason: 'decode', sha256: '' },
        },
      };
    },
  },

  {
    name: 'an event under the key of another order',
    rule: 'I-02',
    plant: (run) => {
      const { records, i, record } = find(run, 'orders', 'HoldRecorded');
      records[i] = { ...record, key: find(run, 'orders', 'HoldRecorded', 20).record.key };
    },
  },
  {
    name: 'an event of another store',
    rule: 'I-02',
    plant: (run) => change(run, 'orders', 'CommitStarted', () => ({ store: 'other' })),
  },
  {
    name: 'an event with another fingerprint than its command',
    rule: 'I-02',
    plant: (run) => change(run, 'orders', 'OrderPlaced', () => ({ fingerprint: 'f-forged' })),
  },
  {
    name: 'an order whose id is not the hash of its key',
    rule: 'I-02',
    plant: (run) => {
      const i = run.client.findIndex(({ step, orderId }) => step === 'ok' && orderId !== null);
      const step = run.client[i];
      if (step) run.client[i] = { ...step, key: `${step.key}x` };
    },
  },
  {
    name: 'a payment key that is not derived',
    rule: 'I-02',
    plant: (run) => change(run, 'orders', 'PaymentOpRequested', () => ({ key: 'random' })),
  },
  {
    name: 'a hold under another id',
    rule: 'I-02',
    plant: (run) => change(run, 'stock', 'HoldPlaced', ({ orderId }) => ({ holdId: `${orderId}:OTHER` })),
  },
  {
    name: 'a journal on the other partition',
    rule: 'I-02',
    plant: (run) => {
      const [a, b] = [run.journals.get('catalogue/0'), run.journals.get('catalogue/1')];
      const [x, y] = [run.inboxes.get('catalogue/0'), run.inboxes.get('catalogue/1')];
      if (!a || !b || !x || !y) return;
      run.journals.set('catalogue/0', b).set('catalogue/1', a);
      run.inboxes.set('catalogue/0', y).set('catalogue/1', x);
    },
  },

  {
    name: 'a journal record lost',
    rule: 'I-03',
    plant: (run) => {
      const { records, i } = find(run, 'orders', 'CommitRecorded', 2);
      records.splice(i, 1);
    },
  },
  {
    name: 'a number left out by the owner',
    rule: 'I-03',
    plant: (run) => {
      const { records, i } = find(run, 'stock', 'HoldCommitted', 2);
      for (const [k, record] of records.entries()) {
        if (k >= i && record.event)
          records[k] = { ...record, event: { ...record.event, seq: record.event.seq + 1 } };
      }
    },
  },
  {
    name: 'two events swapped',
    rule: 'I-03',
    plant: (run) => {
      exorcise(run);
      const { records, i } = find(run, 'stock', 'HoldPlaced', 1);
      const [a, b] = [records[i], records[i + 1]];
      if (!a || !b) return;
      records.splice(i, 2, b, a);
      renumber(records);
    },
  },
  {
    name: 'a record by a writer who was never in force',
    rule: 'I-03',
    plant: (run) => {
      const { records, record, event } = find(run, 'orders', 'TimePassed');
      records.push({
        ...record,
        offset: records.length,
        event: { ...event, writer: 'stranger', seq: event.seq + 1 },
      });
    },
  },
  {
    name: 'a second owner that follows nobody',
    rule: 'I-03',
    plant: (run) => {
      const { records, i, event } = find(run, 'orders', 'TimePassed');
      const record = records[i];
      const body = { type: 'Barrier', writer: 'second', follows: null } as const;
      if (record)
        records.push(
          { ...record, offset: records.length, event: { ...event, writer: 'second', body } },
          {
            ...record,
            offset: records.length + 1,
            event: { ...event, writer: 'second', seq: event.seq + 1 },
          },
        );
    },
  },
  {
    name: 'another decision under a number that was taken',
    rule: 'I-03',
    plant: (run) => {
      const { records, record, event } = find(run, 'catalogue', 'TimePassed');
      records.push({ ...record, offset: records.length, event, crc: record.crc + 1 });
    },
  },
  {
    name: 'a command lost between two others',
    rule: 'I-03',
    plant: (run) => {
      const { records, i } = inboxOf(
        run,
        ({ command, mark }) => command?.body.type === 'ReportOutcome' && mark === null,
      );
      const task = [...run.inboxes].find(([, list]) => list === records)?.[0] ?? '';
      exorcise(run);
      const journal = run.journals.get(task) ?? [];
      journal.splice(
        0,
        journal.length,
        ...journal.filter(({ event }) => event?.cause.offset !== i || event.body.type === 'Barrier'),
      );
      renumber(journal);
    },
  },
  {
    name: 'an inbox record lost',
    rule: 'I-03',
    plant: (run) => {
      const { records, i } = inboxOf(run, ({ command }) => command?.body.type === 'CommitHold');
      records.splice(i, 1);
    },
  },
  {
    name: 'an event that names another source message',
    rule: 'I-03',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'CommitRecorded', 3);
      records[i] = {
        ...record,
        event: { ...event, cause: { ...event.cause, seq: (event.cause.seq ?? 0) + 1 } },
      };
    },
  },
  {
    name: 'a cause that goes back',
    rule: 'I-03',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'stock', 'HoldReleased');
      records[i] = { ...record, event: { ...event, cause: { ...event.cause, offset: 0 } } };
    },
  },

  { name: 'an end missing', rule: 'I-05', plant: (run) => drop(run, 'orders', 'OrderClosed') },
  { name: 'an order confirmed twice', rule: 'I-05', plant: (run) => double(run, 'orders', 'OrderConfirmed') },
  {
    name: 'a confirmed order rejected',
    rule: 'I-05',
    plant: (run) => {
      const closed = find(run, 'orders', 'OrderClosed').body;
      exorcise(run);
      const { records, i, record, event } = find(run, 'orders', 'OrderConfirmed');
      const body = { ...closed, orderId: record.key ?? '' };
      records.splice(i + 1, 0, { ...record, event: { ...event, body } });
      renumber(records);
    },
  },

  {
    name: 'more held than was available',
    rule: 'I-06',
    plant: (run) =>
      change(
        run,
        'stock',
        'StockReceived',
        () => ({ quantity: 1 }),
        0,
        ({ sku }) => sku === 'LAMP',
      ),
  },
  {
    name: 'a refusal although there was enough',
    rule: 'I-06',
    plant: (run) => change(run, 'stock', 'HoldRefused', () => ({ available: 3, quantity: 3 })),
  },
  {
    name: 'stock corrected below zero',
    rule: 'I-06',
    plant: (run) => change(run, 'stock', 'StockAdjusted', () => ({ quantity: -8 })),
  },
  { name: 'a hold on a halted SKU', rule: 'I-06', plant: (run) => drop(run, 'stock', 'SkuResumed') },

  { name: 'a hold that ends twice', rule: 'I-07', plant: (run) => double(run, 'stock', 'HoldCommitted') },
  { name: 'a hold that never ends', rule: 'I-07', plant: (run) => drop(run, 'stock', 'HoldReleased') },
  {
    name: 'a hold that ends with another quantity',
    rule: 'I-07',
    plant: (run) => change(run, 'stock', 'HoldReleased', ({ quantity }) => ({ quantity: quantity + 1 })),
  },
  { name: 'a hold opened twice', rule: 'I-07', plant: (run) => double(run, 'stock', 'HoldPlaced') },
  {
    name: 'a repeated reply that was never given',
    rule: 'I-07',
    plant: (run) => change(run, 'stock', 'HoldPlaced', () => ({ repeat: true })),
  },

  {
    name: 'a line sold that was never committed',
    rule: 'I-08',
    plant: (run) => drop(run, 'stock', 'HoldCommitted'),
  },
  {
    name: 'fewer units committed than ordered',
    rule: 'I-08',
    plant: (run) => change(run, 'stock', 'HoldCommitted', ({ quantity }) => ({ quantity: quantity - 1 })),
  },
  {
    name: 'a closed order with a commit left',
    rule: 'I-08',
    plant: (run) => {
      const { records, i, record, event, body } = find(run, 'stock', 'HoldReleased');
      const { reason: _, ...kept } = body;
      records[i] = { ...record, event: { ...event, body: { ...kept, type: 'HoldCommitted' } } };
    },
  },
  {
    name: 'a sale of other units than were placed',
    rule: 'I-08',
    plant: (run) =>
      change(run, 'orders', 'OrderConfirmed', ({ lines }) => ({
        lines: lines.map((line) => ({ ...line, quantity: line.quantity + 1 })),
      })),
  },

  {
    name: 'a captured amount one off',
    rule: 'I-10',
    plant: (run) =>
      change(run, 'orders', 'PaymentCaptured', ({ amountMinor }) => ({ amountMinor: amountMinor + 1 })),
  },
  {
    name: 'a total one off',
    rule: 'I-10',
    plant: (run) =>
      change(run, 'orders', 'OrderPlaced', ({ totalMinor }) => ({ totalMinor: totalMinor - 1 })),
  },
  {
    name: 'a capture in another currency',
    rule: 'I-10',
    plant: (run) => change(run, 'orders', 'PaymentCaptured', () => ({ currency: 'EUR' })),
  },
  { name: 'a second capture', rule: 'I-10', plant: (run) => double(run, 'orders', 'PaymentCaptured') },
  {
    name: 'a capture without an intent',
    rule: 'I-10',
    plant: (run) => drop(run, 'orders', 'PaymentOpRequested', 1),
  },
  {
    name: 'an order confirmed without its money',
    rule: 'I-10',
    plant: (run) => drop(run, 'orders', 'PaymentCaptured'),
  },
  {
    name: 'a second capture in the provider’s book',
    rule: 'I-10',
    plant: (run) => {
      const capture = run.operations?.find(({ kind }) => kind === 'capture');
      if (capture) run.operations?.push({ ...capture, opId: 'other' });
    },
  },
  {
    name: 'a capture the provider knows nothing of',
    rule: 'I-10',
    plant: (run) => {
      run.operations =
        run.operations?.filter(({ kind, orderId }) => kind !== 'capture' || orderId !== orderOf(run)) ?? null;
    },
  },
  {
    name: 'a line’s tax one off',
    rule: 'I-10',
    plant: (run) =>
      change(
        run,
        'orders',
        'OrderPlaced',
        ({ lines, totalMinor }) => ({
          totalMinor: totalMinor + 1,
          lines: lines.map((line) => ({ ...line, taxMinor: line.taxMinor + 1 })),
        }),
        0,
        ({ taxRule, lines }) => taxRule === 'exclusive' && lines.length === 1,
      ),
  },

  {
    name: 'an order’s status in Redis',
    rule: 'I-14',
    plant: (run) => changeDocument(run, /:order:/, () => ({ status: 'capturing' })),
  },
  {
    name: 'an amount in Redis one off',
    rule: 'I-14',
    plant: (run) =>
      changeDocument(run, /:order:/, ({ totalMinor }) => ({ totalMinor: Number(totalMinor) + 1 })),
  },
  {
    name: 'a level in Redis one off',
    rule: 'I-14',
    plant: (run) => changeDocument(run, /:sku:demo\//, ({ onHand }) => ({ onHand: Number(onHand) + 1 })),
  },
  {
    name: 'an order missing in Redis',
    rule: 'I-14',
    plant: (run) => {
      const { entries, i } = entryOf(run, ({ key }) => /:order:/.test(key));
      entries.splice(i, 1);
    },
  },
  {
    name: 'a key nobody folded',
    rule: 'I-14',
    plant: (run) => {
      const { entries, entry } = entryOf(run, ({ key }) => /:order:/.test(key));
      entries.push({ ...entry, key: `${entry.key}X` });
    },
  },
  {
    name: 'a list that lacks an order',
    rule: 'I-14',
    plant: (run) => {
      const { entry } = entryOf(run, ({ key }) => key.includes(':created:'));
      if (entry.value.is === 'zset')
        (entry.value.scores as Map<string, number>).delete([...entry.value.scores.keys()][0] ?? '');
    },
  },
  {
    name: 'an order in the list of another status',
    rule: 'I-14',
    plant: (run) => {
      const { entry } = entryOf(run, ({ key }) => key.endsWith(':status:demo:declined'));
      if (entry.value.is === 'zset') (entry.value.scores as Map<string, number>).set(orderOf(run), 1);
    },
  },
  {
    name: 'a hole in the event stream',
    rule: 'I-14',
    plant: (run) => {
      const { entry } = entryOf(run, ({ value }) => value.is === 'stream');
      if (entry.value.is === 'stream') (entry.value.entries as unknown[]).splice(5, 1);
    },
  },
  { name: 'a view position past its data', rule: 'I-14', plant: (run) => changePosition(run, 'seq', '9999') },
  {
    name: 'a view position of another writer',
    rule: 'I-14',
    plant: (run) => changePosition(run, 'writer', 'stranger'),
  },
  { name: 'a watermark in Redis one off', rule: 'I-14', plant: (run) => changePosition(run, 'atMs', '1') },

  {
    name: 'a ClickHouse row missing',
    rule: 'I-16',
    plant: (run) => void run.tables.order_lines.splice(3, 1),
  },
  {
    name: 'a ClickHouse row twice',
    rule: 'I-16',
    plant: (run) => void run.tables.payments.push(last(run.tables.payments)),
  },
  {
    name: 'an amount in ClickHouse one off',
    rule: 'I-16',
    plant: (run) => {
      const row = run.tables.order_lines[0];
      if (row) run.tables.order_lines[0] = { ...row, gross_minor: Number(row['gross_minor']) + 1 };
    },
  },
  {
    name: 'the SKUs of two ClickHouse rows swapped',
    rule: 'I-16',
    plant: (run) => {
      const [a, b] = run.tables.order_lines;
      if (!a || !b) return;
      run.tables.order_lines.splice(0, 2, { ...a, sku: b['sku'] ?? '' }, { ...b, sku: a['sku'] ?? '' });
    },
  },
  {
    name: 'a sum of sales_by_minute one off',
    rule: 'I-16',
    plant: (run) => {
      const minute = run.sales[0];
      if (minute)
        run.sales[0] = {
          ...minute,
          sums: { ...minute.sums, gross_minor: (minute.sums['gross_minor'] ?? 0n) + 1n },
        };
    },
  },
  { name: 'a minute of sales_by_minute missing', rule: 'I-16', plant: (run) => void run.sales.splice(0, 1) },
  {
    name: 'a sink position of another writer',
    rule: 'I-16',
    plant: (run) => {
      const position = run.positions[0];
      if (position) run.positions[0] = { ...position, writer: 'stranger' };
    },
  },
  { name: 'a sink that stands still', rule: 'I-16', plant: (run) => void run.positions.splice(0, 1) },
];
