import type { Body, EventEnvelope } from '../../../schemas/envelope.ts';
import type { TopicCodec } from '../../../schemas/topic-codec.ts';
import type { LogReader, TopicPartition } from '../../clients/log.ts';

/**
 * Resolves with the time in the log (epoch ms) of the first event that a new owner of a journal partition has decided:
 * one behind a Barrier at or after `from`, by that Barrier's writer. Rejects after `withinMs`.
 */
export function firstEventOfNextOwner(
  reader: LogReader,
  codec: TopicCodec<EventEnvelope<Body>>,
  at: TopicPartition,
  { from, withinMs }: { readonly from: bigint; readonly withinMs: number },
): Promise<number> {
  return new Promise((resolve, reject) => {
    let owner: string | null = null;
    const end = (): void => {
      clearTimeout(timer);
      handle.stop();
    };
    const fail = (error: Error): void => {
      end();
      reject(error);
    };
    const handle = reader.read(at, from, {
      onRecords(records) {
        for (const { value, timestampMs } of records) {
          const decoded = codec.decode(value);
          if (decoded.is !== 'value') return fail(new Error(`${at.topic}/${at.partition}: ${decoded.is}`));
          const { body, writer } = decoded.value;
          if (body.type === 'Barrier') owner = 'writer' in body ? String(body.writer) : null;
          else if (writer === owner) {
            end();
            return resolve(timestampMs);
          }
        }
      },
      onFatal: fail,
    });
    const timer = setTimeout(
      () => fail(new Error(`${at.topic}/${at.partition}: no new event within ${withinMs} ms`)),
      withinMs,
    );
  });
}
