import { expect, test } from 'vitest';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import { ParkedDocuments } from './parked-document.ts';

const parked = (command: string): EventBody => ({
  type: 'CommandParked',
  key: 'o-1',
  command,
  value: new Uint8Array([0, 0, 0, 0, 7]),
  reason: 'behind',
});
const redriven = (offset: number): EventBody => ({ type: 'CommandRedriven', key: 'o-1', offset });
const answered: EventBody = {
  type: 'RedriveAnswered',
  key: 'o-1',
  dryRun: false,
  by: 'ops-1',
  reason: 'mended',
  decided: 1,
  left: 0,
  events: [],
  failure: null,
};

function fold(...bodies: readonly EventBody[]): ParkedDocuments {
  const documents = new ParkedDocuments();
  for (const [i, body] of bodies.entries())
    documents.take(body, { atMs: i * 10, position: `3.${i + 1}`, causeOffset: 5 + i });
  return documents;
}
const placing = { offset: 5, command: 'PlaceOrder', sinceMs: 0, reason: 'behind', value: 'AAAAAAc=' };

test('what is parked stands in order, a PlaceOrder with its bytes', () => {
  expect(fold(parked('PlaceOrder'), parked('Tick')).get('o-1')).toEqual({
    orderId: 'o-1',
    parked: [placing, { offset: 6, command: 'Tick', sinceMs: 10, reason: 'behind', value: null }],
    position: '3.2',
  });
});

test('a redriven command leaves with the answer of its redrive, the document with the last one', () => {
  expect(fold(parked('PlaceOrder'), redriven(5)).get('o-1')).toMatchObject({ parked: [placing] });
  const one = fold(parked('PlaceOrder'), parked('Tick'), redriven(5), answered);
  expect(one.get('o-1')).toMatchObject({ parked: [{ offset: 6 }], position: '3.4' });
  expect([...fold(parked('PlaceOrder'), redriven(5), answered).orderIds()]).toEqual([]);
});

test('an answer that follows no redriven command, as that of a dry run, changes nothing', () => {
  expect(fold(parked('PlaceOrder'), answered).get('o-1')).toMatchObject({
    parked: [placing],
    position: '3.1',
  });
});
