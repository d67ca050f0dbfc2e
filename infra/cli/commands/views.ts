import { setTimeout as delay } from 'node:timers/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import {
  compareGenerations,
  type PartitionComparison,
} from '../../../processors/views/compare-generations.ts';
import {
  addGeneration,
  agreed,
  dropBeside,
  flipTo,
  GenerationConflict,
  positionKeyOf,
} from '../../../processors/views/generations.ts';
import type { ViewGeneration } from '../../../schemas/redis-keys.ts';
import { connectRedis, type Redis, redisReady } from '../../clients/redis.ts';
import { readGenerations } from '../../clients/view-generations.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { announceFirst } from '../announce-first.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput, type Output, table } from '../output.ts';
import { redisLink } from '../../clients/links.ts';

interface Views {
  readonly redis: Redis;
  readonly partitions: number;
  readonly out: Output;
  /** The audit record of what is to be done. Throws where nothing may be. */
  readonly announce: (what: 'views.rebuild' | 'views.flip' | 'views.drop', target: string) => Promise<void>;
}

interface ReasonOptions extends CommonOptions {
  readonly reason: string;
}

const pause = (ms: number): Promise<void> => delay(ms);
const redisWithinMs = 5_000;
const flipWithinMs = 30_000;

/** Runs a command on the configuration's Redis; its errors become the CLI's. */
async function withViews(
  options: CommonOptions & Partial<ReasonOptions>,
  run: (views: Views) => Promise<void>,
): Promise<void> {
  const config = await cliConfig(options.set);
  const { partitions } = config;
  const { reason = '' } = options;
  const redis = connectRedis({
    ...redisLink(config),
    logger: pino({ level: 'silent' }),
    commandTimeoutMs: 30_000,
  });
  try {
    await redisReady(redis, redisWithinMs);
    await run({
      redis,
      partitions,
      out: createOutput(options),
      announce: (what, target) => announceFirst(config, { what, target, reason }),
    });
  } catch (error) {
    if (error instanceof CliError || error instanceof TypeError || error instanceof RangeError) throw error;
    const isConflict = error instanceof GenerationConflict;
    throw new CliError(error instanceof Error ? error.message : String(error), {
      code: isConflict ? 'view-generations' : 'redis-unavailable',
      exitCode: isConflict ? exitCodes.conflict : exitCodes.unavailable,
      next: isConflict ? 'npx millrace views status' : 'npx millrace status',
      cause: error,
    });
  } finally {
    redis.disconnect();
  }
}

/** Offset of the last record a partition's view has folded; -1 before the first. */
const offsetOf = async (redis: Redis, key: string): Promise<number> =>
  Number((await redis.hget(key, 'offset')) ?? -1);

const runStatus = (options: CommonOptions): Promise<void> =>
  withViews(options, async ({ redis, partitions, out }) => {
    const all = await readGenerations(redis, partitions);
    const rows = await Promise.all(
      all.map(async ({ view, partition, live, beside }) => ({
        view,
        partition,
        live,
        liveOffset: await offsetOf(redis, positionKeyOf(live, view, partition)),
        beside,
        besideOffset: beside === null ? null : await offsetOf(redis, positionKeyOf(beside, view, partition)),
      })),
    );
    const cells = rows.map((row) => [
      `${row.view}/${row.partition}`,
      `live ${row.live} at ${row.liveOffset}`,
      row.beside === null ? 'nothing beside' : `beside ${row.beside} at ${row.besideOffset}`,
    ]);
    out.data({ views: rows }, table(cells));
  });

interface RebuildOptions extends ReasonOptions {
  readonly wait: number;
}

const runRebuild = (options: RebuildOptions): Promise<void> =>
  withViews(options, async (views) => {
    const { redis, partitions, out } = views;
    await views.announce('views.rebuild', 'all');
    const generation = await addGeneration(redis, partitions);
    out.say(`generation ${generation} is filled from the journals, beside the live views`);
    await untilCaughtUp(views, generation, options.wait);
    await compare(views);
  });

async function untilCaughtUp(
  { redis, partitions, out }: Views,
  generation: ViewGeneration,
  waitS: number,
): Promise<void> {
  const deadline = Date.now() + waitS * 1_000;
  for (let said = ''; ; ) {
    const all = await readGenerations(redis, partitions);
    if (all.some(({ live, beside }) => live !== generation && beside !== generation)) {
      throw new GenerationConflict(
        `generation ${generation} is gone: Redis was emptied, or somebody dropped it`,
      );
    }
    const behind = await Promise.all(
      all.map(async ({ view, partition, live }) => {
        const to = await offsetOf(redis, positionKeyOf(live, view, partition));
        return Math.max(0, to - (await offsetOf(redis, positionKeyOf(generation, view, partition))));
      }),
    );
    const records = behind.reduce((sum, each) => sum + each, 0);
    if (records === 0) return;
    if (Date.now() > deadline) {
      throw new CliError(`${generation} is ${records} records behind after ${waitS} s.`, {
        code: 'view-behind',
        exitCode: exitCodes.tryAgain,
        next: 'the same command again goes on; npx millrace status shows whether the views role runs',
      });
    }
    const words = `${records} records to go`;
    if (words !== said) out.say(words);
    said = words;
    await pause(500);
  }
}

const runCompare = (options: CommonOptions): Promise<void> => withViews(options, compare);

async function compare({ redis, partitions, out }: Views): Promise<void> {
  const { live, beside } = agreed(await readGenerations(redis, partitions));
  if (beside === null)
    throw new GenerationConflict('nothing stands beside the live views: views rebuild makes it');
  const compared = await compareGenerations({ redis, partitions, live, beside, pause });
  out.data({ live, beside, partitions: compared }, comparisonText(live, beside, compared));
  if (compared.some(isDifferent)) process.exitCode = exitCodes.checkFailed;
}

const isDifferent = ({ different, missing, extra }: PartitionComparison): boolean =>
  different + missing + extra > 0;

function comparisonText(
  live: ViewGeneration,
  beside: ViewGeneration,
  compared: readonly PartitionComparison[],
): string {
  const rows = compared.map(({ view, partition, equal, different, missing, extra }) => [
    `${view}/${partition}`,
    `${equal} equal`,
    `${different} different`,
    `${missing} missing in ${beside}`,
    `${extra} in ${beside} alone`,
  ]);
  const first = compared.flatMap(({ view, partition, first: keys }) =>
    keys.map((key) => `  ${view}/${partition} ${key}`),
  );
  const next = compared.some(isDifferent)
    ? `${live} (live) and ${beside} differ.`
    : `${live} (live) and ${beside} are the same.`;
  return [table(rows), ...first, `${next} npx millrace views flip makes ${beside} live.`].join('\n');
}

interface FlipOptions extends ReasonOptions {
  readonly back?: boolean;
}

const runFlip = (options: FlipOptions): Promise<void> =>
  withViews(options, async ({ redis, partitions, out, announce }) => {
    const all = await readGenerations(redis, partitions);
    const kept = [...new Set(all.flatMap(({ live, beside }) => (beside === null ? [live] : [live, beside])))];
    const byAge = kept.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
    const to = options.back === true ? byAge[0] : byAge.at(-1);
    if (to === undefined || byAge.length < 2)
      throw new GenerationConflict('nothing stands beside the live views: views rebuild makes it');
    await announce('views.flip', to);
    const deadline = Date.now() + flipWithinMs;
    await flipTo(redis, partitions, to, { pause, isOver: () => Date.now() > deadline });
    out.data(
      { live: to, beside: byAge.find((generation) => generation !== to) },
      `${to} is live. The other one is kept current: ${options.back === true ? 'npx millrace views flip' : 'npx millrace views flip --back'} returns to it, npx millrace views drop removes it.`,
    );
  });

const runDrop = (options: ReasonOptions): Promise<void> =>
  withViews(options, async ({ redis, partitions, out, announce }) => {
    const { live, beside } = agreed(await readGenerations(redis, partitions));
    await announce('views.drop', beside ?? 'none');
    const keys = await dropBeside(redis, partitions, pause);
    out.data({ live, keysRemoved: keys }, `Only ${live} is kept; ${keys} keys were removed.`);
  });

function parseWait(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('wanted whole seconds, 1 or more.');
  return Number(text);
}

/** `millrace views …`: a rebuild of the Redis views beside the live ones, and the way there and back. */
export function register(program: Command): void {
  const views = program.command('views').description('the Redis views and their generations');
  withCommonOptions(views.command('status'))
    .description('which generation is live in each partition, and what stands beside it')
    .action(runStatus);
  const withReason = (command: Command): Command =>
    withCommonOptions(command).option('--reason <text>', 'why; stands in the audit log', 'by hand');
  withReason(views.command('rebuild'))
    .description(
      'rebuild the views from the journals beside the live ones, then compare: exit 6 if they differ',
    )
    .option('--wait <seconds>', 'so long it waits for the rebuild to catch up', parseWait, 600)
    .action(runRebuild);
  withCommonOptions(views.command('compare'))
    .description('compare the live views with those beside them: exit 6 if they differ')
    .action(runCompare);
  withReason(views.command('flip'))
    .description('make the newer generation live; readers follow at once')
    .option('--back', 'make the older one live again')
    .action(runFlip);
  withReason(views.command('drop'))
    .description('give up the generation beside the live one and remove its keys')
    .action(runDrop);
}
