import { expect, test } from 'vitest';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { EventEnvelope, Body } from '../../schemas/envelope.ts';
import { createJournalConsumer, type PositionedFold } from './journal-consumer.ts';
import type { Group, GroupMember } from './log.ts';

const nothing = (): undefined => undefined;
const never = new Promise<never>(nothing);
const logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** A consumer whose one fold hangs in a call, with its group and the timers it set. */
function hangingConsumer(drainMs: number) {
  const timers: { readonly ms: number; readonly fire: () => void }[] = [];
  const left: string[] = [];
  let member: GroupMember | undefined;
  const group: Group = {
    start: async () => member?.onAssigned([{ topic: 'orders.events.v1', partition: 0 }]),
    stop: async () => void left.push('group'),
    resumeAt: nothing,
    pause: nothing,
    resume: nothing,
    rejoin: nothing,
    commit: nothing,
    committed: async () => null,
  };
  const fold: PositionedFold<Body> = { position: () => never, apply: () => never, onLineage: () => never };
  const consumer = createJournalConsumer({
    journals: [{ codec: { topic: 'orders.events.v1' } as TopicCodec<EventEnvelope<Body>>, fold }],
    createGroup: (joining) => {
      member = joining;
      return group;
    },
    log: { offsetsOf: () => never },
    askForWriter: () => never,
    clock: {
      nowMs: () => 0,
      setTimer(ms, fire) {
        timers.push({ ms, fire });
        return { cancel: nothing };
      },
    },
    random: { number: () => 0 },
    logger,
    onFatal: (error) => {
      throw error;
    },
    drainMs,
  });
  return { consumer, timers, left };
}

test('a store that does not answer holds a stop up no longer than its share of the grace', async () => {
  const { consumer, timers, left } = hangingConsumer(5_000);
  await consumer.start();
  expect(consumer.readiness()).toEqual({ ready: false, checks: { 'orders.events.v1/0': 'starting' } });
  const stopped = consumer.stop();
  await expect.poll(() => timers.map(({ ms }) => ms)).toEqual([5_000]);
  expect(left).toEqual(['group']); // others take over meanwhile
  timers[0]?.fire();
  await stopped;
});
