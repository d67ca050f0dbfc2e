import { expect, test } from 'vitest';
import type { Submitted } from '../../producers/intake/intake.ts';
import { Problem } from '../http/problem.ts';
import type { Claim, Claims } from './claims.ts';
import { findNothing, type OnceParts, submitOnce } from './submit-once.ts';

const ours = (unknownSinceMs: number | null = null): Claim => ({ is: 'ours', unknownSinceMs });
const appended = { is: 'appended', partition: 0, offset: 7 } as unknown as Submitted;
const refused = { is: 'refused', error: new Error('too large') } as unknown as Submitted;
const unknown = { is: 'unknown', error: new Error('lost') } as unknown as Submitted;

/** Sends one command; what was counted of the quota, given back, released, and how it ended. */
async function send(claim: Claim, outcome: Submitted, isUsedUp = false) {
  const seen = { taken: 0, givenBack: 0, released: 0, appends: 0 };
  const parts: OnceParts = {
    claims: {
      enter: () => null,
      leave: () => undefined,
      claim: async () => claim,
      finish: async () => undefined,
      leaveUnknown: async () => undefined,
      hold: () => () => undefined,
      release: async () => void (seen.released += 1),
    } as unknown as Claims,
    quotas: {
      take: async () => {
        if (isUsedUp) throw new Problem('quota-exceeded');
        seen.taken += 1;
        return { giveBack: async () => void (seen.givenBack += 1) };
      },
    },
    intake: {
      submit: async () => {
        seen.appends += 1;
        return outcome;
      },
    },
  };
  const command = {
    store: 'S1',
    keyId: 'key-1',
    commandId: 'c-1',
    fingerprint: 'k1.a',
    findEarlier: findNothing,
    prepare: () => ({ topic: 't', key: 'k', value: Buffer.alloc(0), traceparent: null }) as never,
    answerAt: () => ({ location: '/', body: {} }),
  };
  const ended = await submitOnce(command, parts).then(
    ({ status }) => String(status),
    (error: Problem) => error.code,
  );
  return { ...seen, ended };
}

test('a new command counts once', async () => {
  expect(await send(ours(), appended)).toMatchObject({ ended: '202', taken: 1, givenBack: 0 });
});

test('a retry of an attempt that left no result has been counted, even where the quota is used up by now', async () => {
  expect(await send(ours(500), appended)).toMatchObject({ ended: '202', taken: 0 });
  expect(await send(ours(500), appended, true)).toMatchObject({ ended: '202', taken: 0 });
});

test('a replay counts nothing', async () => {
  const done = { is: 'done', fingerprint: 'k1.a', answer: { location: '/', body: {} } } as const;
  expect(await send(done, appended, true)).toMatchObject({ ended: '202', taken: 0, appends: 0 });
});

test('what certainly did not get into the log is given back, what may have is not', async () => {
  expect(await send(ours(), refused)).toMatchObject({ ended: 'unavailable', taken: 1, givenBack: 1 });
  expect(await send(ours(), unknown)).toMatchObject({ ended: 'unavailable', taken: 1, givenBack: 0 });
});

test('a used up quota refuses before anything is sent, and frees the key for tomorrow', async () => {
  expect(await send(ours(), appended, true)).toMatchObject({
    ended: 'quota-exceeded',
    appends: 0,
    released: 1,
  });
});
