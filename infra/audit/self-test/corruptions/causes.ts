import type { InboxRecord } from '../../recording.ts';
import type { MemoryRun } from '../memory-recording.ts';
import { blank, change, type Corruption, drop, exorcise, find, inboxOf, renumber } from './change-run.ts';

const isMessage = (type: string) => (record: InboxRecord) =>
  record.mark !== null && record.command?.body.type === type;

/** Takes a message and its copies away, as if it had never been sent; what it caused is laid to the record before. */
function lose(run: MemoryRun, fits: (record: InboxRecord) => boolean): void {
  const { records, record } = inboxOf(run, fits);
  const task = [...run.inboxes].find(([, list]) => list === records)?.[0] ?? '';
  const name = JSON.stringify(record.mark);
  const kept = records.filter(({ mark }) => JSON.stringify(mark) !== name);
  const nowAt = (offset: number): number => kept.findLastIndex((other) => other.offset <= offset);
  const journal = run.journals.get(task) ?? [];
  for (const [i, one] of journal.entries()) {
    if (!one.event) continue;
    const cause = { ...one.event.cause, offset: Math.max(0, nowAt(one.event.cause.offset)) };
    journal[i] = { ...one, event: { ...one.event, cause } };
  }
  records.splice(0, records.length, ...kept.map((other, offset) => ({ ...other, offset })));
}

/** Changes an inbox record in place. */
function alter(
  run: MemoryRun,
  fits: (record: InboxRecord) => boolean,
  by: (record: InboxRecord) => InboxRecord,
): void {
  const { records, i, record } = inboxOf(run, fits);
  records[i] = by(record);
}

/** What I-13 (messages), I-18 (why not), I-20 (rest) and I-21 (stores) must see, and what parking may not do. */
export const causeCorruptions: readonly Corruption[] = [
  {
    name: 'a reaction that never arrived',
    rule: 'I-13',
    says: /follows another message|never came|was to come/,
    plant: (run) => lose(run, isMessage('CommitHold')),
  },
  {
    name: 'a reply that never arrived',
    rule: 'I-13',
    says: /follows another message|never came|was to come/,
    plant: (run) => lose(run, isMessage('HoldReleased')),
  },
  {
    name: 'a message that says something else than its event',
    rule: 'I-13',
    says: /says something else/,
    plant: (run) =>
      alter(run, isMessage('PlaceHold'), (record) => ({
        ...record,
        command:
          record.command &&
          ({
            ...record.command,
            body: { ...record.command.body, quantity: 99 } as typeof record.command.body,
          } as InboxRecord['command']),
      })),
  },
  {
    name: 'a message of another store than its event',
    rule: 'I-13',
    says: /says something else/,
    plant: (run) =>
      alter(run, isMessage('CommitHold'), (record) => ({
        ...record,
        command: record.command && { ...record.command, store: 'other' },
      })),
  },
  {
    name: 'a message that follows another than the last one',
    rule: 'I-13',
    says: /follows another message/,
    plant: (run) =>
      alter(
        run,
        (record) => record.mark !== null && record.mark !== 'bad' && record.mark.prev !== null,
        (record) => ({
          ...record,
          mark: record.mark !== null && record.mark !== 'bad' ? { ...record.mark, prev: null } : null,
        }),
      ),
  },
  {
    name: 'a message that no event yields',
    rule: 'I-13',
    says: /came/,
    plant: (run) => change(run, 'orders', 'CommitStarted', ({ holds }) => ({ holds: holds.slice(1) })),
  },
  {
    name: 'a repeated message that took effect again',
    rule: 'I-13',
    says: /a second time/,
    plant: (run) => {
      for (const [task, records] of run.inboxes) {
        const journal = run.journals.get(task) ?? [];
        for (const copy of copiesOf(records)) {
          // The event after the copy is laid to it.
          const i = journal.findIndex(({ event }) => event?.cause.offset === copy + 1);
          const record = journal[i];
          if (!record?.event) continue;
          const cause = { ...record.event.cause, offset: copy };
          journal[i] = { ...record, event: { ...record.event, cause } };
          return;
        }
      }
      throw new RangeError('the clean run repeats messages');
    },
  },
  {
    name: 'an event of an unknown version of the reactions',
    rule: 'I-13',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'OrderPlaced');
      records[i] = { ...record, event: { ...event, version: 7 } };
    },
  },
  {
    name: 'a message that is parked for good',
    rule: 'I-13',
    says: /parked at rest/,
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'CommitRecorded');
      const body = {
        type: 'CommandParked',
        key: record.key ?? '',
        command: 'HoldCommitted',
        value: new Uint8Array([0]),
        reason: 'behind',
      } as const;
      records[i] = { ...record, event: { ...event, body } };
    },
  },

  {
    name: 'a key refused as reused that was used once',
    rule: 'I-18',
    plant: (run) => {
      const { body } = find(run, 'orders', 'OrderPlaced', 0, ({ fingerprint }) => fingerprint === 'f-reused');
      change(run, 'orders', 'CommandRefused', () => ({ fingerprint: body.fingerprint }));
    },
  },
  {
    name: 'a movement refused that breaks no hold',
    rule: 'I-18',
    plant: (run) =>
      alter(
        run,
        ({ command }) => command?.body.type === 'AdjustStock' && command.body.quantity === -1_000,
        (record) => ({
          ...record,
          command:
            record.command &&
            ({
              ...record.command,
              body: { ...record.command.body, quantity: -1 },
            } as InboxRecord['command']),
        }),
      ),
  },
  {
    name: 'a known SKU refused as unknown',
    rule: 'I-18',
    plant: (run) => change(run, 'stock', 'CommandRefused', () => ({ key: 'demo/LAMP' }), 0, isUnknownSku),
  },
  {
    name: 'a version refused that is the product’s',
    rule: 'I-18',
    plant: (run) =>
      alter(
        run,
        ({ command }) => command?.body.type === 'RetireProduct',
        (record) => ({
          ...record,
          command:
            record.command &&
            ({
              ...record.command,
              body: { ...record.command.body, ifVersion: 1 },
            } as InboxRecord['command']),
        }),
      ),
  },
  {
    name: 'an outcome refused as stale that was asked for',
    rule: 'I-18',
    plant: (run) =>
      alter(
        run,
        ({ command }) => command?.body.type === 'ReportOutcome' && command.body.kind === 'refund',
        (record) => {
          const asked = find(
            run,
            'orders',
            'PaymentOpRequested',
            0,
            ({ orderId }) => orderId === record.key,
          ).body;
          const { opId, attempt, kind } = asked;
          return {
            ...record,
            command:
              record.command &&
              ({
                ...record.command,
                body: { ...record.command.body, opId, attempt, kind },
              } as InboxRecord['command']),
          };
        },
      ),
  },
  {
    name: 'a refusal with a reason nobody published',
    rule: 'I-18',
    plant: (run) => change(run, 'stock', 'CommandRefused', () => ({ reason: 'bad-mood' })),
  },
  {
    name: 'a decline the provider never gave',
    rule: 'I-18',
    plant: (run) => {
      run.operations = run.operations?.map((one) => ({ ...one, done: true })) ?? null;
    },
  },
  {
    name: 'a decline out of another outcome',
    rule: 'I-18',
    plant: (run) =>
      alter(
        run,
        ({ command }) => command?.body.type === 'ReportOutcome' && command.body.code === 'card_declined',
        (record) => ({
          ...record,
          command:
            record.command &&
            ({
              ...record.command,
              body: { ...record.command.body, is: 'unknown' },
            } as InboxRecord['command']),
        }),
      ),
  },
  {
    name: 'an order rejected without a refused hold',
    rule: 'I-18',
    says: /stock refused no such hold/,
    plant: (run) => blank(run, 'stock', 'HoldRefused'),
  },
  {
    name: 'an order rejected without a reason of its own',
    rule: 'I-18',
    says: /none of its holds/,
    plant: (run) =>
      change(
        run,
        'orders',
        'HoldRecorded',
        () => ({ as: 'placed' }),
        0,
        ({ as }) => as === 'refused',
      ),
  },
  {
    name: 'an order declined whose money was not',
    rule: 'I-18',
    plant: (run) =>
      change(
        run,
        'orders',
        'UnwindStarted',
        () => ({ to: 'Declined' }),
        0,
        ({ to }) => to === 'Rejected',
      ),
  },
  {
    name: 'an expiry before its time',
    rule: 'I-18',
    plant: (run) => change(run, 'orders', 'UnwindStarted', () => ({ to: 'Expired' })),
  },
  {
    name: 'a readable record quarantined as unreadable',
    rule: 'I-18',
    plant: (run) => {
      const { record: good } = inboxOf(run, ({ command }) => command?.body.type === 'PlaceOrder');
      alter(
        run,
        ({ command }) => command === null,
        (record) => ({ ...record, command: good.command }),
      );
    },
  },
  ...(['semantic', 'key-mismatch', 'wrong-partition', 'bad-headers', 'made-up'] as const).map(
    (reason): Corruption => ({
      name: `a good command quarantined as ${reason}`,
      rule: 'I-18',
      plant: (run) => {
        const { records, i, record, event } = find(run, 'stock', 'StockReceived');
        const body = { type: 'CommandQuarantined', offset: event.cause.offset, reason, sha256: '' } as const;
        records[i] = { ...record, key: null, event: { ...event, body } };
      },
    }),
  ),

  {
    name: 'a command left undecided at rest',
    rule: 'I-20',
    plant: (run) => {
      const { records, record } = inboxOf(run, ({ command }) => command?.body.type === 'PlaceOrder');
      records.push({ ...record, offset: records.length });
    },
  },
  {
    name: 'a watermark that stands still',
    rule: 'I-20',
    plant: (run) => {
      run.restAtMs = (run.restAtMs ?? 0) + 20_000;
    },
  },
  {
    name: 'a partition without any watermark',
    rule: 'I-20',
    plant: (run) => {
      const journal = run.journals.get('catalogue/0') ?? [];
      const kept = journal.filter(({ event }) => event?.body.type !== 'TimePassed');
      journal.splice(0, journal.length, ...kept);
      renumber(journal);
    },
  },

  {
    name: 'an order of another store than its credential',
    rule: 'I-21',
    plant: (run) => change(run, 'orders', 'OrderPlaced', () => ({ store: 'other' })),
  },
  {
    name: 'a hold of another store than its order’s credential',
    rule: 'I-21',
    plant: (run) => change(run, 'stock', 'HoldCommitted', () => ({ store: 'other' })),
  },
  {
    name: 'goods received for another store',
    rule: 'I-21',
    plant: (run) => change(run, 'stock', 'StockReceived', () => ({ store: 'other' })),
  },
  {
    name: 'a product of another store',
    rule: 'I-21',
    plant: (run) => change(run, 'catalogue', 'ProductPut', () => ({ store: 'other' })),
  },

  {
    name: 'a later command decided while one of its key is parked',
    rule: 'I-03',
    plant: (run) => drop(run, 'stock', 'CommandRedriven', 1),
  },
  {
    name: 'parked commands redriven out of their order',
    rule: 'I-03',
    plant: (run) => {
      const [a, b] = [find(run, 'stock', 'CommandRedriven', 0), find(run, 'stock', 'CommandRedriven', 1)];
      change(run, 'stock', 'CommandRedriven', () => ({ offset: b.body.offset }), 0);
      change(run, 'stock', 'CommandRedriven', () => ({ offset: a.body.offset }), 1);
    },
  },
  {
    name: 'an order that is parked and never redriven',
    rule: 'I-01',
    plant: (run) => {
      exorcise(run);
      const { records, i, record, event, body: placed } = find(run, 'orders', 'OrderPlaced');
      const body = {
        type: 'CommandParked',
        key: placed.orderId,
        command: 'PlaceOrder',
        value: new Uint8Array([0]),
        reason: 'RangeError: …',
      } as const;
      records[i] = { ...record, event: { ...event, body } };
    },
  },
];

const isUnknownSku = ({ reason }: { readonly reason: string }): boolean => reason === 'unknown-sku';

/** Offsets of messages that came before. */
function copiesOf(records: readonly InboxRecord[]): readonly number[] {
  const seen = new Set<string>();
  return records.flatMap(({ mark, offset }) => {
    if (mark === null || mark === 'bad') return [];
    const name = `${mark.source} ${mark.pair.seq}.${mark.pair.index}`;
    if (seen.has(name)) return [offset];
    seen.add(name);
    return [];
  });
}
