import type { KeepKey } from '../../infra/clients/customer-keys/customer-sealer.ts';
import type { Log } from '../../infra/clients/log.ts';
import { Intake } from '../../producers/intake/intake.ts';
import type { CustomerKey } from '../../schemas/generated/customers-keys.ts';
import { customersKeysTopic } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import { Problem } from '../http/problem.ts';

export interface KeyKeeper {
  /** Rejects with the Problem for the order: nothing of it was appended. */
  readonly keep: KeepKey;
  drained(): Promise<void>;
}

/** Appends the keys of new customers, those of a tick together, ahead of their orders. */
export function createKeyKeeper(log: Log, codec: TopicCodec<CustomerKey>): KeyKeeper {
  const intake = new Intake({ log, partitions: 1, tickMs: 1 });
  return {
    async keep(record) {
      const { keyId: key } = record.body;
      const value = codec.encode(record);
      const outcome = await intake.submit({ topic: customersKeysTopic, key, value, traceparent: null });
      if (outcome.is === 'appended') return BigInt(outcome.offset);
      // it may stand in the topic: a key that nothing names does no harm
      throw outcome.is === 'overloaded'
        ? new Problem('overloaded')
        : new Problem('unavailable', { cause: outcome.error });
    },
    drained: () => intake.drained(),
  };
}
