import { followCompacted } from '../infra/clients/follow-compacted.ts';
import type { KeyRing } from '../infra/clients/customer-keys/key-ring.ts';
import { followJournal } from '../infra/clients/journal-follower.ts';
import type { Log, LogReader } from '../infra/clients/log.ts';
import type { SchemaRegistry } from '../infra/clients/schema-registry.ts';
import type { StoreDirectory } from './auth/store-directory.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import { loadCatalogue } from './catalogue/load-catalogue.ts';
import type { Logger } from 'pino';
import type { AuditTail } from './ops/audit-tail.ts';
import type { ReconciledDays } from './ops/reconciled-days.ts';
import type { Erasures } from './orders/erasures.ts';

export interface FollowParts {
  readonly log: Log;
  readonly reader: LogReader;
  readonly registry: SchemaRegistry;
  readonly directory: StoreDirectory;
  readonly catalogue: Catalogue;
  readonly reconciled: ReconciledDays;
  readonly customerKeys: KeyRing;
  readonly erasures: Erasures;
  /** Memory no longer follows the log: prices and keys would grow old unseen. */
  readonly onHalted: (error: Error) => void;
}

/** Keeps stores, API keys, customers' keys, reconciled days and prices in memory, prices from their snapshot on. Resolves when all that stood in the log is applied; gives what stops it. */
export async function followLog(parts: FollowParts): Promise<() => void> {
  const { log, reader, registry, directory, catalogue, reconciled, customerKeys, erasures, onHalted } = parts;
  const codecs = registry.createCodecs();
  const source = { log, reader, askForWriter: registry.learnWriter, onHalted };
  const stores = await followCompacted({
    ...source,
    codec: codecs['stores.config.v1'],
    apply: ({ value }) => {
      if (value !== null) directory.apply(value);
    },
  });
  const results = await followCompacted({
    ...source,
    codec: codecs['ops.reconciliations.v1'],
    apply: ({ value }) => {
      if (value !== null) reconciled.apply(value);
    },
  });
  const keys = await followCompacted({
    ...source,
    codec: codecs['customers.keys.v1'],
    apply: (record) => {
      customerKeys.apply(record);
      erasures.apply(record);
    },
  });
  const codec = codecs['catalogue.events.v1'];
  const products = await followJournal({
    ...source,
    codec,
    from: await loadCatalogue({ ...source, codec, catalogue }),
    apply: (partition, { event }) => catalogue.apply(partition, event),
  });
  await Promise.all([stores.caughtUp, results.caughtUp, keys.caughtUp, products.caughtUp]);
  return () => {
    stores.stop();
    results.stop();
    keys.stop();
    products.stop();
  };
}

export interface FollowAuditParts extends Pick<FollowParts, 'log' | 'reader' | 'registry'> {
  readonly tail: AuditTail;
  readonly logger: Logger;
}

/**
 * Keeps the last records of the audit log in memory, for people who look. Where it cannot be read, as by a principal
 * without the right, the API serves all the rest: it is told once. Gives what stops it.
 */
export async function followAuditLog({
  log,
  reader,
  registry,
  tail,
  logger,
}: FollowAuditParts): Promise<() => void> {
  const onHalted = (error: Error): void => {
    tail.halt();
    logger.warn(
      { err: { message: error.message } },
      'the audit log is not followed: nobody is shown it here',
    );
  };
  tail.begin();
  try {
    const followed = await followCompacted({
      log,
      reader,
      askForWriter: registry.learnWriter,
      codec: registry.createCodecs()['ops.audit.v1'],
      apply: ({ value }) => {
        if (value !== null) tail.apply(value);
      },
      onHalted,
    });
    return () => followed.stop();
  } catch (error) {
    onHalted(error instanceof Error ? error : new Error(String(error)));
    return () => undefined;
  }
}
