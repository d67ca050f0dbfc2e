import { expect, test } from 'vitest';
import { type Story, storyText } from './order-story.ts';

const wait = {
  whom: 'provider',
  what: 'what became of the capture',
  since: '2026-01-02T00:00:00.000Z',
  until: '2026-01-02T02:00:00.000Z',
  next: 'a person is asked',
  nextCheckAt: '2026-01-02T00:00:10.000Z',
};
const journal = { topic: 'orders.events.v1', partition: 2, offset: 77 };
const inbox = { topic: 'orders.commands.v1', partition: 2, offset: 41 };
const story: Story = {
  orderId: 'o-1',
  status: 'capturing',
  waitingFor: [wait],
  expanded: {
    events: {
      complete: true,
      ledger: 'read',
      data: [{ position: '2.9', type: 'CommitRecorded', at: '2026-01-02T00:00:00.000Z', detail: {} }],
    },
    payment: {
      calls: [
        {
          opId: 'o-1:capture:1',
          kind: 'capture',
          attempt: 1,
          key: 'K1',
          amountMinor: 250,
          reference: 'pi_1',
          answers: [{ type: 'PaymentUnknown', code: 'timeout' }],
          lookUps: [{}, {}],
        },
      ],
    },
    holds: [{ sku: 'MUG', quantity: 1, state: 'committed' }],
    lineage: {
      records: [
        { position: '2.9', record: journal, cause: inbox, source: { task: 'stock/3', seq: 5, index: 0 } },
      ],
      view: { partition: 2, cause: 41, watermark: null },
    },
  },
};

test('the story says whom the order waits for, and shows every event with its record, cause and source', () => {
  const text = storyText(story);
  for (const part of [
    'provider: what became of the capture, until 2026-01-02T02:00:00.000Z, then a person is asked; next look-up',
    'CommitRecorded  orders.events.v1/2@77  orders.commands.v1/2@41  stock/3 5.0',
    'capture 1  250  key K1  pi_1  PaymentUnknown (timeout)  2 look-ups',
    'MUG  1  committed',
    'view of partition 2: includes commands to 41, complete to -',
  ])
    expect(text).toContain(part);
});

test('it says what is missing while the ledger is away, and that an order at rest waits for nobody', () => {
  const { expanded } = story;
  if (!expanded) throw new Error('the story has a history');
  const events = { ...expanded.events, ledger: 'unavailable', complete: false };
  const away = storyText({ ...story, waitingFor: [], expanded: { ...expanded, events } });
  expect(away).toContain('waits\n  for nobody');
  expect(away).toContain('events, incomplete (the ledger is away: only the newest, without details)');
});
