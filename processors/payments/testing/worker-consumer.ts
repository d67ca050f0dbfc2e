import { type Clock, systemClock } from '../../../infra/clients/clock.ts';
import type { ContractConsumer } from '../../../infra/clients/testing/consumer.contract.ts';
import { handWrittenJournal, startFold } from '../../../infra/clients/testing/journal-contract.ts';
import { createKeptLogger } from '../../../infra/clients/testing/test-kafka.ts';
import type { Psp } from '../../../infra/psp/psp.ts';
import { journalOf } from '../../../schemas/topic-catalogue.ts';
import { createPaymentsWorker } from '../worker.ts';
import { createWorkerFold } from '../worker-fold.ts';
import { requested } from './worker-bench.ts';

/**
 * The payments worker. An operation has taken effect when the provider did it and a report of it was acknowledged, once
 * for each key under which the provider did it; a second report closes nothing.
 */
export const workerConsumer: ContractConsumer = {
  name: 'payments',
  reads: 'journal',
  source: journalOf('orders'),
  onForeignSource: 'starts-over',
  open(place) {
    const done = new Map<string, string>();
    const reported = new Set<string>();
    return Promise.resolve({
      ...handWrittenJournal((id) => [requested(id, { key: id })]),
      start: (options = {}) =>
        startFold(place, options, (group) => {
          const worker = createPaymentsWorker({
            psp: providerOf(done),
            clock: journalClock,
            limits: { partitionMax: 4, totalMax: 8 },
            random: () => 0,
            logger: createKeptLogger(),
            openMethod: () => 'tok_ok',
            commit: (partition, next) => group()?.commit({ topic: journalOf('orders'), partition }, next),
            report: ({ body }) => {
              if (options.onHung) {
                options.onHung();
                return new Promise(() => undefined);
              }
              reported.add(body.orderId);
              return Promise.resolve();
            },
          });
          const fold = createWorkerFold(worker, (at) => group()?.committed(at) ?? Promise.resolve(null));
          return { fold, commits: false, stop: () => worker.stop() };
        }),
      effects: () => Promise.resolve([...done.values()].filter((id) => reported.has(id))),
      close: () => Promise.resolve(),
    });
  },
};

/** It stands where the hand-written journal does: an operation older than 23 h is not sent. */
const journalClock: Clock = { ...systemClock, nowMs: () => 1_700_000_000_000 };

function providerOf(done: Map<string, string>): Psp {
  return {
    can: {
      separateCapture: true,
      partialRefund: false,
      findByOpId: 'now',
      keepsErrors: true,
      keyTtlMs: Number.POSITIVE_INFINITY,
      quietMs: 0,
    },
    run(op) {
      done.set(op.key, op.opId.split(':')[0] ?? op.opId);
      return Promise.resolve({ is: 'ok', pspRef: `psp-${op.key}`, amount: op.amount });
    },
    lookUp: () => Promise.resolve('unavailable'),
    close: () => Promise.resolve(),
  };
}
