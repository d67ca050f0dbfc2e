import { expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { updatesOf } from './batch-plan.ts';
import { type OrderDocument, orderDocuments } from './order-documents.ts';
import { acceptedJournal, placedOrder } from './testing/order-journal.ts';

const parked = (command: string, reason = 'RangeError: …'): EventBody => ({
  type: 'CommandParked',
  key: 'o-1',
  command,
  value: new Uint8Array([0, 0, 0, 0, 7]),
  reason,
});
const redriven = (offset: number): EventBody => ({ type: 'CommandRedriven', key: 'o-1', offset });
const answered = (decided: number, dryRun = false): EventBody => ({
  type: 'RedriveAnswered',
  key: 'o-1',
  dryRun,
  by: 'ops-1',
  reason: 'mended',
  decided,
  left: 0,
  events: [],
  failure: null,
});

/** What a view that folds `bodies` in one batch holds, and what it does with them. */
function fold(bodies: readonly EventBody[]) {
  const documents = new Map<string, OrderDocument>();
  const updates = updatesOf(orderDocuments, 0, acceptedJournal(bodies), documents);
  return { documents, updates: updates.map(({ does, key }) => `${does} ${key}`) };
}
const key = 'v1:{o0}:parked:o-1';

test('a parked PlaceOrder stands under a key of its own, with what tells whose it is, and in no list', () => {
  const { documents, updates } = fold([parked('PlaceOrder')]);
  expect(updates).toEqual([`set ${key}`]);
  expect(documents.get(key)).toEqual({
    orderId: 'o-1',
    parked: [
      { offset: 0, command: 'PlaceOrder', sinceMs: 1_010, reason: 'RangeError: …', value: 'AAAAAAc=' },
    ],
    position: '0.1',
  });
});

test('later commands wait behind it in order; a command of another kind leaves no bytes', () => {
  const { documents } = fold([parked('PlaceOrder'), parked('Tick', 'behind')]);
  expect(documents.get(key)).toMatchObject({
    parked: [
      { offset: 0, value: 'AAAAAAc=' },
      { offset: 1, command: 'Tick', reason: 'behind', value: null },
    ],
    position: '0.2',
  });
});

test('an order that was placed stays as it is beside its parked command', () => {
  const placed = fold([placedOrder('o-1')]).documents.get('v1:{o0}:order:o-1');
  const { documents } = fold([placedOrder('o-1'), parked('ReportOutcome')]);
  expect(documents.get('v1:{o0}:order:o-1')).toEqual(placed);
  expect(documents.get(key)).toMatchObject({ parked: [{ command: 'ReportOutcome', value: null }] });
});

test('a redrive takes away what it decided, oldest first, and the key with the last', () => {
  const two = [parked('PlaceOrder'), parked('Tick', 'behind')];
  const one = fold([...two, redriven(0), placedOrder('o-1'), answered(1)]);
  expect(one.documents.get(key)).toMatchObject({ parked: [{ offset: 1 }], position: '0.5' });
  const none = fold([...two, redriven(0), placedOrder('o-1'), redriven(1), answered(2)]);
  expect(none.updates).toContain(`drop ${key}`);
  expect(none.updates).not.toContain(`set ${key}`);
});

test('between the redrive and its answer the command is still shown: the order may not be there yet', () => {
  expect(fold([parked('PlaceOrder'), redriven(0)]).documents.get(key)).toMatchObject({
    parked: [{ offset: 0 }],
  });
});

test.each([
  ['a dry run', answered(1, true)],
  ['a redrive that decided nothing', answered(0)],
])('%s changes nothing', (_, body) => {
  expect(fold([parked('PlaceOrder'), body])).toEqual(fold([parked('PlaceOrder')]));
});

test('a redrive of an order whose parking the view never saw leaves no document', () => {
  expect(fold([answered(1)]).updates).toEqual([]);
});
