import { expect, test } from 'vitest';
import type { Body, EventEnvelope } from '../../schemas/envelope.ts';
import { createTopicCodec } from '../../schemas/topic-codec.ts';
import { Dropped } from './faults.ts';
import { readJournal } from './read-journal.ts';
import { ModelBroker } from './testing/model-broker.ts';
import { ModelClock } from './testing/model-clock.ts';
import { ModelProcess } from './testing/model-process.ts';

test('a reader dropped while it waits for a schema ends; it does not ask for ever', async () => {
  const clock = new ModelClock();
  const broker = new ModelBroker(clock);
  const at = { topic: 'stock.events.v1', partition: 0 };
  broker.createTopic(at.topic, 1);
  broker.appendRaw(at, { value: Buffer.from([0, 0, 0, 0, 99, 1]) });
  const ending = new AbortController();
  let asked = 0;
  const reading = readJournal(
    {
      reader: new ModelProcess('a', clock, broker).reader,
      codec: createTopicCodec<EventEnvelope<Body>>(at.topic, 7),
      learnWriter: async () => {
        asked += 1;
        if (asked > 100) throw new Error('it asks for ever');
        return { is: 'wait', why: 'the registry is away' };
      },
      clock,
      signal: ending.signal,
      onWaiting: () => ending.abort(),
    },
    { at, from: 0n, until: 1n },
    () => undefined,
  ).catch((error: unknown) => error);
  await clock.advance(60_000);
  expect(await reading).toBeInstanceOf(Dropped);
  expect(asked).toBe(1);
});
