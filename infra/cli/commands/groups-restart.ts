import type { Command } from 'commander';
import { repositoryRoot } from '../../config/config.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { type RestartAnswer, restartAnswerSchema } from '../../local/restart-answer.ts';
import type { ProcessStatus } from '../../local/stack-status.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { ask, dataFolder, noStack, stackStatus } from '../local-stack.ts';
import { createOutput, type Output, table } from '../output.ts';

const readyWithinMs = 120_000;
const lookEveryMs = 200;
/** A process that ended so often at its start will not come up by itself. */
const endsMax = 3;

const refusals: Readonly<Record<Extract<RestartAnswer, { is: 'refused' }>['code'], number>> = {
  'not-found': exitCodes.notFound,
  'no-release': exitCodes.invalid,
  'not-ready': exitCodes.tryAgain,
};

const roleOf = (name: string): string => name.replace(/-\d+$/, '');

async function processesNow(folder: string): Promise<readonly ProcessStatus[]> {
  const status = await stackStatus(folder);
  if (status === undefined) throw noStack();
  return status.processes.filter(({ kind }) => kind === 'role');
}

/** Each role's processes one after the other, the roles at the same time. The first that does not come up ends it. */
async function restart(what: readonly string[], options: CommonOptions): Promise<void> {
  const out = createOutput(options);
  const folder = dataFolder(options.set);
  const running = await processesNow(folder);
  const unknown = what.find((each) => !running.some(({ name }) => name === each || roleOf(name) === each));
  if (unknown !== undefined) {
    throw new CliError(`No role and no process is called ${unknown}.`, {
      code: 'not-found',
      exitCode: exitCodes.notFound,
      next: 'npx millrace status',
    });
  }
  const named = running.filter(({ name }) => what.includes(name) || what.includes(roleOf(name)));
  const byRole = Map.groupBy(named, ({ name }) => roleOf(name));
  const rolls = [...byRole.values()].map(async (processes) => {
    for (const each of processes) await restartOne(folder, each, out);
  });
  await Promise.all(rolls);
  const names = new Set(named.map(({ name }) => name));
  const now = (await processesNow(folder)).filter(({ name }) => names.has(name));
  const rows = now.map((each) => [each.name, each.state, String(each.pid ?? '-'), each.release ?? '']);
  out.data({ restarted: now }, table(rows));
}

/** Returns when it and its whole role are ready: the others take over what it left, and hand back. */
async function restartOne(folder: string, { name, pid }: ProcessStatus, out: Output): Promise<void> {
  const reply = await ask(folder, { do: 'restart', name, release: repositoryRoot });
  if (reply === undefined) throw noStack();
  const answer = restartAnswerSchema.parse(reply);
  if (answer.is === 'refused') {
    const { code, message } = answer;
    throw new CliError(message, { code, exitCode: refusals[code], next: 'npx millrace status' });
  }
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    const all = (await processesNow(folder)).filter((each) => roleOf(each.name) === roleOf(name));
    const own = all.find((each) => each.name === name && each.state !== 'stopping');
    if (all.every(({ state }) => state === 'ready') && own !== undefined && own.pid !== pid) break;
    const ended = (own?.restarts ?? 0) >= endsMax;
    if (ended || Date.now() > deadline) {
      const late = all.filter(({ state }) => state !== 'ready').map((each) => `${each.name} ${each.state}`);
      const why = ended ? `${name}: ${own?.lastExit}` : `after ${readyWithinMs / 1_000} s ${late.join(', ')}`;
      throw new CliError(`The role does not come up again (${why}); no further process was touched.`, {
        code: ended ? 'start-failed' : 'time-out',
        exitCode: ended ? exitCodes.unavailable : exitCodes.timeOut,
        next: `npx millrace logs ${name}; from the checkout that worked: npx millrace groups restart ${name}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  out.say(`${name} is ready again`);
}

/** `millrace groups restart <what…>`: exit 0 when all were restarted and are ready; 3 no such role, 69 one does not start. */
export function register(groups: Command): void {
  withCommonOptions(groups.command('restart'))
    .description('restart processes one at a time with the code of the checkout this command is called from')
    .argument('<what...>', 'roles (orders), or single processes (orders-1)')
    .action(restart);
}
