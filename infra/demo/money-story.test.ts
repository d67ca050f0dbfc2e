import { expect, test } from 'vitest';
import type { Event, EventBody } from '../../schemas/generated/orders-events.ts';
import type { ProviderOperation } from '../audit/recording.ts';
import { faultsOf, MoneyStoryFold } from './money-story.ts';

const at = { store: 'demo', orderId: 'o-1' } as const;
const money = { amountMinor: 100, currency: 'GBP' } as const;
const capture = { opId: 'o-1:capture:1', attempt: 1 } as const;
const unknown = { ...at, ...capture, ...money, kind: 'capture', cause: 'reset' } as const;

const sold = [
  { type: 'OrderPlaced', ...at },
  { type: 'PaymentUnknown', ...unknown, nextCheckAtMs: null, decideByMs: null },
  { type: 'PaymentCaptured', ...at, ...capture, ...money, pspRef: 'pi_1' },
  { type: 'OrderConfirmed', ...at },
] as unknown as readonly EventBody[];

const operation = (of: Partial<ProviderOperation>): ProviderOperation => ({
  key: 'k',
  kind: 'capture',
  opId: capture.opId,
  orderId: at.orderId,
  amount: 100,
  currency: 'GBP',
  done: true,
  digests: ['d'],
  ...of,
});

function faults(bodies: readonly EventBody[], operations: readonly ProviderOperation[]): readonly string[] {
  const fold = new MoneyStoryFold();
  for (const body of bodies) fold.take({ body } as Event);
  return faultsOf(fold.tell(operations), 1);
}

test('a sale whose doubt ended, captured once, has no fault', () => {
  expect(faults(sold, [operation({})])).toEqual([]);
});

test('each thing that must not be is told', () => {
  const [placed, doubt] = sold as readonly [EventBody, EventBody];
  const closed = { type: 'OrderClosed', ...at } as unknown as EventBody;
  const refund = operation({ kind: 'refund', opId: 'o-1:refund:r', amount: 30 });
  expect(faults(sold, [operation({}), operation({ key: 'k2' })])).toEqual([
    '1 orders were captured twice',
    'our books hold 100 minor units of GBP, the provider 200',
  ]);
  expect(faults(sold, [operation({}), refund, refund])).toContain('1 refunds were executed twice');
  expect(faults([placed, doubt, closed], [operation({})])).toEqual([
    '1 unknown operations are open, and no person was told',
    '1 orders were told failed and keep the money',
    'our books hold 0 minor units of GBP, the provider 100',
  ]);
  expect(faults([placed, doubt], [])).toContain('1 orders did not come to rest');
  expect(faults([placed, closed], [])).toEqual([
    'no outcome was ever unknown: the faults did not reach the provider',
  ]);
  expect(faults([], [])).toContain('0 orders were placed, 1 were asked for');
});
