import { expect, test } from 'vitest';
import { connectionsPerSecondMax, wrongRevoked } from './revoke-credential.ts';
import { endsMax, wrongEnds } from './starve.ts';

const report = { slot: 'orders-1', limits: '12 MB of heap', ends: endsMax, words: 'heap out of memory' };

test('a starved process may end a few times, in words, or live on', () => {
  expect(wrongEnds(report)).toEqual([]);
  expect(wrongEnds({ ...report, ends: 0, words: null })).toEqual([]);
});

test('one that starts again without a pause, or dies without a word, is told', () => {
  expect(wrongEnds({ ...report, ends: endsMax + 1, words: null })).toEqual([
    'orders-1 with 12 MB of heap ended 11 times, at most 10 are allowed: it starts again too soon',
    'orders-1 with 12 MB of heap ended 11 times and its log does not say what it lacked',
  ]);
});

const most = 15 * connectionsPerSecondMax;

test('a revoked credential may be tried now and then, and orders go on', () => {
  expect(wrongRevoked({ seconds: 15, connections: most, accepted: 1 })).toEqual([]);
});

test('a storm of connections, and an API that takes no order, are told', () => {
  expect(wrongRevoked({ seconds: 15, connections: most + 1, accepted: 0 })).toEqual([
    'Redis was asked for 151 connections in 15 s after the credential was revoked, at most 10 a second are allowed',
    'no order was accepted while Redis refused the credential',
  ]);
});
