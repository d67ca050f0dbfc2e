import { expect, test } from 'vitest';
import { hashOf, MessageChain } from './message-chain.ts';

type Sent = readonly [seq: number, index: number, words?: string];

function chainOf(expected: readonly Sent[], arrived: readonly Sent[]): MessageChain {
  const chain = new MessageChain();
  const fill = (sequence: MessageChain['expected'], messages: readonly Sent[]): void => {
    for (const [seq, index, words = 'same'] of messages) sequence.add({ seq, index }, hashOf('key', words));
  };
  fill(chain.expected, expected);
  fill(chain.arrived, arrived);
  return chain;
}

const all: readonly Sent[] = [
  [3, 0],
  [3, 1],
  [7, 0],
];

test('what came is what was to come', () => {
  expect(chainOf(all, all).difference(false, false)).toBeNull();
});

test.each([
  ['the last one never came', all.slice(0, 2), '7.0 never came'],
  ['one in the middle never came', [all[0], all[2]], '3.1 was to come, 7.0 came'],
  ['one came that nobody sent', [...all, [9, 0]], '9.0 came, and no event of the source yields it'],
  [
    'one says something else',
    [
      [3, 0],
      [3, 1, 'other'],
      [7, 0],
    ],
    '3.1 says something else',
  ],
] as const)('%s', (_, arrived, words) => {
  expect(chainOf(all, arrived as readonly Sent[]).difference(false, false)).toContain(words);
});

test('before rest what was sent last may be on its way, and a newer event may not be read yet', () => {
  expect(chainOf(all, all.slice(0, 1)).difference(false, true)).toBeNull();
  expect(chainOf(all, [...all, [9, 0]]).difference(false, true)).toBeNull();
  expect(chainOf(all, [all[0] ?? [0, 0], all[2] ?? [0, 0]]).difference(false, true)).not.toBeNull();
});

test('an inbox that has lost its oldest records is compared from the first that is left', () => {
  expect(chainOf(all, all.slice(1)).difference(true, false)).toBeNull();
  expect(chainOf(all, all.slice(1)).difference(false, false)).not.toBeNull();
  expect(chainOf(all, []).difference(true, false)).toBeNull();
});
