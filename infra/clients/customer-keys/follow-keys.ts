import { setTimeout as delay } from 'node:timers/promises';
import { customersKeysTopic } from '../../../schemas/topic-catalogue.ts';
import { followCompacted } from '../follow-compacted.ts';
import type { Log, LogReader } from '../log.ts';
import { readPartition } from '../read-partition.ts';
import type { SchemaRegistry } from '../schema-registry.ts';
import { createFieldOpener, type FieldOpener } from './field-opener.ts';
import { isWrappedKey, KeyRing, type KeyRecord, type WrappedKey } from './key-ring.ts';
import { createKeyWrapper } from './wrapped-key.ts';

/** Where the keys stand. */
export interface KeySource {
  readonly log: Pick<Log, 'offsetsOf'>;
  readonly registry: SchemaRegistry;
}

export interface OpenFieldsOptions extends KeySource {
  readonly secret: string;
  /** A new reader of the topic; closed by whoever asked. */
  readonly openReader: () => Promise<LogReader>;
  /** Memory no longer follows the topic: an erased key would be used for ever. */
  readonly onHalted: (error: Error) => void;
}

const at = { topic: customersKeysTopic, partition: 0 };
/** About 0.5 KB each. Twice what an API process holds, which makes no new key for a customer it still knows. */
const keysMax = 100_000;
const catchUpMs = 10_000;
const lookEveryMs = 5;

/** Follows the topic and opens fields by its keys. Resolves when memory holds all that stood there. */
export async function openFields(
  options: OpenFieldsOptions,
): Promise<FieldOpener & { close(): Promise<void> }> {
  const { log, registry, openReader, onHalted } = options;
  const wrapper = createKeyWrapper(options.secret);
  const ring = new KeyRing(keysMax, wrapper.unwrap);
  const reader = await openReader();
  const following = await followCompacted({
    log,
    reader,
    codec: registry.createCodecs()[customersKeysTopic],
    askForWriter: registry.learnWriter,
    apply: (record) => ring.apply(record),
    onHalted,
  });
  await following.caughtUp;
  const opener = createFieldOpener({
    wrapper,
    ring,
    catchUp: () => untilApplied(log, ring),
    search: async (keyId) => {
      const own = await openReader();
      try {
        let found: WrappedKey | null = null;
        for await (const { key, value } of readKeys({ log, registry }, own))
          if (key === keyId) found = value && isWrappedKey(value) ? value : null;
        return found && wrapper.unwrap(found);
      } finally {
        await own.close();
      }
    },
  });
  return {
    ...opener,
    async close() {
      following.stop();
      await reader.close();
    },
  };
}

/** All that stands in the topic now, in order. Throws on a record that cannot be read. */
export async function* readKeys({ log, registry }: KeySource, reader: LogReader): AsyncGenerator<KeyRecord> {
  const codec = registry.createCodecs()[customersKeysTopic];
  const range = (await log.offsetsOf(at.topic)).get(at.partition);
  if (!range) return;
  for await (const records of readPartition(reader, at, range)) {
    for (const { offset, key, value } of records) {
      const decoded = value === null ? null : codec.decode(value);
      if (decoded && decoded.is !== 'value')
        throw new Error(`${at.topic}/${at.partition} offset ${offset} is ${decoded.is}`);
      yield { offset, key: key?.toString() ?? null, value: decoded?.value ?? null };
    }
  }
}

async function untilApplied(log: Pick<Log, 'offsetsOf'>, ring: KeyRing): Promise<void> {
  const end = (await log.offsetsOf(at.topic)).get(at.partition)?.end ?? 0n;
  const deadlineMs = performance.now() + catchUpMs;
  while (ring.next < end) {
    if (performance.now() > deadlineMs)
      throw new Error(
        `${at.topic} was not read to offset ${end} within ${catchUpMs} ms: is the broker slow?`,
      );
    await delay(lookEveryMs);
  }
}
