import { isUtf8 } from 'node:buffer';
import { crc32 } from 'node:zlib';
import { nothingGiven } from '../../infra/audit/given.ts';
import type {
  AnyCommand,
  AnyEvent,
  InboxRecord,
  JournalRecord,
  Recording,
  RedisEntry,
} from '../../infra/audit/recording.ts';
import { factsOf } from '../../infra/audit/self-test/memory-recording.ts';
import type { LogRecord } from '../../infra/clients/log.ts';
import { orderKeys, stockKeys } from '../../schemas/redis-keys.ts';
import { parseSourceMark, sourceHeader } from '../../schemas/source-mark.ts';
import { inboxOf, journalOf } from '../../schemas/topic-catalogue.ts';
import type { Shop } from './shop.ts';
import type { SimWorld } from './sim-world.ts';

/** The simulated world at rest, as the production auditor reads it. */
export function recordWorld(world: SimWorld, shop: Shop): Recording {
  const { partitions } = world.shape;
  const dump = world.parts.redis.dump();
  return {
    partitions,
    atRest: true,
    restAtMs: world.scheduler.nowMs(),
    given: nothingGiven,
    inbox(processor, partition) {
      const codec = world.codecs.inbox<AnyCommand>(processor);
      const records = world.log.all({ topic: inboxOf(processor), partition }).map((record): InboxRecord => {
        const decoded = codec.decode(record.value);
        return {
          offset: Number(record.offset),
          atMs: record.timestampMs,
          key: keyOf(record),
          mark: markOf(record, partitions),
          command: decoded.is === 'value' ? decoded.value : null,
        };
      });
      return [records];
    },
    journal(processor, partition) {
      const codec = world.codecs.journal<AnyEvent>(processor);
      const records = world.log
        .all({ topic: journalOf(processor), partition })
        .map((record): JournalRecord => {
          const decoded = codec.decode(record.value);
          return {
            offset: Number(record.offset),
            key: keyOf(record),
            event: decoded.is === 'value' ? decoded.value : null,
            crc: crc32(record.value ?? nothing),
          };
        });
      return [records];
    },
    redis(view, partition) {
      const keys = view === 'orders' ? orderKeys : stockKeys;
      const prefix = keys.all(partition).slice(0, -1);
      const entries = dump.filter(({ key }) => key.startsWith(prefix));
      const isPosition = ({ key }: RedisEntry): boolean => key === keys.position(partition);
      return [...entries.filter(isPosition), ...entries.filter((entry) => !isPosition(entry))];
    },
    clickHouse: async () => factsOf(world.parts.clickhouse.dump()),
    client: () => shop.journal,
    ledger: async () => world.parts.provider.operations(),
  };
}

const nothing = Buffer.alloc(0);

const keyOf = ({ key }: LogRecord): string | null => (key !== null && isUtf8(key) ? key.toString() : null);

function markOf({ headers }: LogRecord, partitions: number): InboxRecord['mark'] {
  const [first, ...more] = headers.filter(([name]) => name === sourceHeader);
  if (!first) return null;
  if (more.length > 0) return 'bad';
  const mark = parseSourceMark(first[1], partitions);
  return typeof mark === 'string' ? 'bad' : mark;
}
