import type { AnalyticsRow, Given } from '../../given.ts';
import { digestOfValue } from '../../redis-dump.ts';
import type { MemoryRun } from '../memory-recording.ts';
import { changeDocument, changeText, type Corruption, drop, entryOf, find } from './change-run.ts';

const give = (run: MemoryRun, given: Partial<Given>): void => {
  run.given = { ...run.given, ...given };
};

/** The dump that Redis as it stands would give. */
export const dumpOf = (run: MemoryRun): Map<string, string> =>
  new Map([...run.views.values()].flat().map(({ key, value }) => [key, digestOfValue(value)]));

const hour = 3_600_000;
const row = (fromMs: number, values: string, group = 'GBP'): AnalyticsRow => ({
  fromMs,
  toMs: fromMs + hour,
  group,
  values,
});

/** One question asked twice; complete to the end of its second hour. */
export const askedTwice = (again: readonly AnalyticsRow[]): Given['answers'] => [
  {
    question: '/v1/analytics/sales',
    before: { completeUntilMs: 2 * hour, rows: [row(0, 'a'), row(hour, 'b'), row(2 * hour, 'c')] },
    after: { completeUntilMs: 9 * hour, rows: again },
  },
];
export const sameAgain = [row(0, 'a'), row(hour, 'b'), row(2 * hour, 'more since')];

export const secretsOf = (...texts: readonly { readonly where: string; readonly text: string }[]) => ({
  canaries: ['canary-7Q', 'tok_visa_of_a_person'],
  texts: () => texts.map((text) => ({ ...text, isText: true })),
});

/** What the rules must see that are given something beside the engines: I-15, I-17, I-19, I-22, I-24. */
export const givenCorruptions: readonly Corruption[] = [
  {
    name: 'a value that the rebuild changed',
    rule: 'I-15',
    plant: (run) => {
      give(run, { rebuildOf: dumpOf(run) });
      changeDocument(run, /:order:/, () => ({ status: 'capturing' }));
    },
  },
  {
    name: 'a document with the same fields in another order',
    rule: 'I-15',
    plant: (run) => {
      give(run, { rebuildOf: dumpOf(run) });
      changeText(run, /:sku:/, (text) =>
        JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text) as object).toReversed())),
      );
    },
  },
  {
    name: 'a key that the rebuild lost',
    rule: 'I-15',
    plant: (run) => {
      give(run, { rebuildOf: dumpOf(run) });
      const { entries, i } = entryOf(run, ({ key }) => key.includes(':created:'));
      entries.splice(i, 1);
    },
  },
  {
    name: 'a key that the rebuild made up',
    rule: 'I-15',
    plant: (run) => {
      const before = dumpOf(run);
      before.delete(entryOf(run, ({ key }) => key.includes(':sku:')).entry.key);
      give(run, { rebuildOf: before });
    },
  },

  {
    name: 'a complete bucket that changed',
    rule: 'I-17',
    plant: (run) => give(run, { answers: askedTwice([row(0, 'a'), row(hour, 'B')]) }),
  },
  {
    name: 'a complete bucket that is gone',
    rule: 'I-17',
    plant: (run) => give(run, { answers: askedTwice([row(hour, 'b')]) }),
  },
  {
    name: 'a row that came into a complete bucket',
    rule: 'I-17',
    plant: (run) => give(run, { answers: askedTwice([...sameAgain, row(0, 'x', 'EUR')]) }),
  },

  {
    name: 'a 5xx in a run without faults',
    rule: 'I-19',
    of: 'faultless',
    plant: (run) => {
      const step = run.client.find(({ step: is }) => is === 'ok');
      if (step) run.client.push({ ...step, step: 'unknown', status: 503, code: 'unavailable' });
    },
  },
  {
    name: 'a quarantine in a run without faults',
    rule: 'I-19',
    of: 'faultless',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'stock', 'StockReceived');
      const body = {
        type: 'CommandQuarantined',
        offset: event.cause.offset,
        reason: 'decode',
        sha256: '',
      } as const;
      records[i] = { ...record, key: null, event: { ...event, body } };
    },
  },
  {
    name: 'an expired order in a run without faults',
    rule: 'I-19',
    of: 'faultless',
    plant: (run) => {
      const { records, i, record, event, body } = find(run, 'orders', 'OrderClosed');
      records[i] = { ...record, event: { ...event, body: { ...body, as: 'Expired' } } };
    },
  },
  {
    name: 'an anomaly in a run without faults',
    rule: 'I-19',
    of: 'faultless',
    plant: (run) => {
      const { records, i, record, event } = find(run, 'orders', 'CommitRecorded');
      const body = {
        type: 'AnomalyRecorded',
        command: 'HoldCommitted',
        key: record.key ?? '',
        state: 'Committing',
        reason: 'unknown-hold',
      } as const;
      records[i] = { ...record, event: { ...event, body } };
    },
  },
  {
    name: 'a system that declines more than was modelled',
    rule: 'I-19',
    of: 'faultless',
    plant: (run) => give(run, { expectation: { faults: false, ends: { Declined: [0, 0.05] } } }),
  },
  {
    name: 'fewer sales than were modelled',
    rule: 'I-19',
    of: 'faultless',
    plant: (run) => drop(run, 'orders', 'OrderConfirmed'),
  },

  {
    name: 'a planted canary in a journal',
    rule: 'I-22',
    plant: (run) => {
      give(run, { secrets: secretsOf() });
      const { records, i, record, event, body } = find(run, 'orders', 'OrderPlaced');
      records[i] = {
        ...record,
        event: { ...event, body: { ...body, paymentToken: 'tok_visa_of_a_person' } },
      };
    },
  },
  {
    name: 'a card number in a product’s name',
    rule: 'I-22',
    plant: (run) => {
      give(run, { secrets: secretsOf() });
      const { records, i, record, event, body } = find(run, 'catalogue', 'ProductPut');
      records[i] = { ...record, event: { ...event, body: { ...body, name: 'Lamp 4111 1111 1111 1111' } } };
    },
  },
  {
    name: 'an API key in Redis',
    rule: 'I-22',
    plant: (run) => {
      give(run, { secrets: secretsOf() });
      const key = `mr_live_${'0a'.repeat(8)}_${'A'.repeat(49)}`;
      changeDocument(run, /:order:/, () => ({ requestId: key }));
    },
  },
  {
    name: 'a card number in a log',
    rule: 'I-22',
    plant: (run) =>
      give(run, { secrets: secretsOf({ where: 'api-1.log', text: 'refused card 378282246310005 at once' }) }),
  },
  {
    name: 'a canary in a data file',
    rule: 'I-22',
    plant: (run) =>
      give(run, { secrets: secretsOf({ where: 'ledger.ndjson', text: '{"note":"canary-7Q"}' }) }),
  },

  {
    name: 'a fault that was declared and never planted',
    rule: 'I-24',
    plant: (run) =>
      give(run, { coverage: { declared: { 'kill after-append': 2 }, reached: { 'kill after-append': 1 } } }),
  },
  {
    name: 'a transition that was never made',
    rule: 'I-24',
    plant: (run) =>
      give(run, { coverage: { declared: { 'step Capturing PaymentUnknown': 1 }, reached: {} } }),
  },
  {
    name: 'a rule that looked at nothing',
    rule: 'I-24',
    plant: (run) => give(run, { coverage: { declared: { 'rule I-17': 1 }, reached: {} } }),
  },
];
