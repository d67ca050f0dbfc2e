import type { ClientLogger } from '../../infra/clients/client-logger.ts';
import type { Clock, Timer } from '../../infra/clients/clock.ts';
import type { JournalConsumer } from '../../infra/clients/journal-consumer.ts';
import type { ViewGeneration } from '../../schemas/redis-keys.ts';

export interface GenerationConsumersOptions {
  /** Which generations there are now; may reject while the store is away. */
  readonly kept: () => Promise<ReadonlySet<ViewGeneration>>;
  /** A consumer, not yet started, that folds the journals into a generation. */
  readonly create: (generation: ViewGeneration) => JournalConsumer;
  readonly clock: Clock;
  readonly logger: ClientLogger;
}

/** The consumers of a process, one for each generation that is kept: each folds on its own, from its own position. */
export interface GenerationConsumers {
  /** Resolves when the consumers of all generations of now have joined their groups. */
  start(): Promise<void>;
  readiness(): ReturnType<JournalConsumer['readiness']>;
  stop(): Promise<void>;
}

const lookEveryMs = 1_000;

export function createGenerationConsumers(options: GenerationConsumersOptions): GenerationConsumers {
  const { kept, create, clock, logger } = options;
  const running = new Map<ViewGeneration, JournalConsumer>();
  let timer: Timer | null = null;
  let looking: Promise<void> = Promise.resolve();
  let isStopped = false;

  const follow = async (): Promise<void> => {
    const now = await kept();
    for (const generation of now) {
      if (running.has(generation) || isStopped) continue;
      const consumer = create(generation);
      await consumer.start();
      running.set(generation, consumer);
      logger.info({ generation }, 'a generation of the views is written');
    }
    for (const [generation, consumer] of running) {
      if (now.has(generation)) continue;
      running.delete(generation);
      await consumer.stop();
      logger.info({ generation }, 'a generation of the views is not kept any more');
    }
  };

  const lookAgain = (): void => {
    timer = clock.setTimer(lookEveryMs, () => {
      looking = follow()
        .catch((error: unknown) => logger.warn({ error: String(error) }, 'generations of the views unknown'))
        .then(() => {
          if (!isStopped) lookAgain();
        });
    });
  };

  return {
    async start() {
      await follow();
      lookAgain();
    },
    readiness() {
      const each = [...running].map(([generation, consumer]) => ({ generation, ...consumer.readiness() }));
      const checks = each.flatMap(({ generation, checks: of }) =>
        Object.entries(of).map(([at, check]) => [running.size > 1 ? `${generation} ${at}` : at, check]),
      );
      return { ready: each.every(({ ready }) => ready), checks: Object.fromEntries(checks) };
    },
    async stop() {
      isStopped = true;
      timer?.cancel();
      await looking;
      await Promise.all([...running.values()].map((consumer) => consumer.stop()));
    },
  };
}
