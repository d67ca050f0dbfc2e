import { type Command, InvalidArgumentError } from 'commander';
import { consumerGroups } from '../../../schemas/consumer-groups.ts';
import { givenVariables } from '../../config/config.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { slotNames } from '../../local/role-slot.ts';
import { type ScaleAnswer, scaleAnswerSchema } from '../../local/scale-answer.ts';
import type { ProcessStatus } from '../../local/stack-status.ts';
import { CliError } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { ask, dataFolder, noStack, stackStatus } from '../local-stack.ts';
import { createOutput, table } from '../output.ts';

interface ScaleOptions extends CommonOptions {
  readonly wait: boolean;
}

const doneWithinMs = 120_000;
const lookEveryMs = 200;

const refusals: Readonly<Record<Extract<ScaleAnswer, { is: 'refused' }>['code'], number>> = {
  'not-found': exitCodes.notFound,
  'too-many': exitCodes.invalid,
  'not-ready': exitCodes.tryAgain,
};

/** Who runs the processes of a pipeline that is not the launcher's: what to type there. */
export const orchestratorCommands = (role: string, instances: number): readonly string[] => [
  `docker compose up --detach --no-recreate --scale ${role}=${instances} ${role}`,
  `kubectl scale deployment/${role} --replicas=${instances}`,
];

/** A role's processes are these and no others, and each is ready. */
function isDone(processes: readonly ProcessStatus[], names: readonly string[]): boolean {
  return processes.length === names.length && processes.every(({ state }) => state === 'ready');
}

async function scale(role: string, instances: number, options: ScaleOptions): Promise<void> {
  const out = createOutput(options);
  const folder = dataFolder(options.set);
  const reply = await ask(folder, { do: 'scale', role, instances });
  if (reply === undefined) {
    if (givenVariables(options.set).KAFKA_BROKERS === undefined) throw noStack();
    const commands = orchestratorCommands(role, instances);
    out.say('no launcher runs here; whoever runs the processes scales them, nothing was changed:');
    out.data({ role, instances, scaled: false, commands }, commands.join('\n'));
    return;
  }
  const answer = scaleAnswerSchema.parse(reply);
  if (answer.is === 'refused') {
    throw new CliError(answer.message, {
      code: answer.code,
      exitCode: refusals[answer.code],
      next: 'npx millrace status',
    });
  }
  out.say(`${role}: ${answer.from} to ${answer.to} processes`);
  const processes = await untilDone(folder, role, instances, options.wait);
  const rows = processes.map((each) => [each.name, each.state, String(each.pid ?? '-'), each.url]);
  const text = rows.length === 0 ? `nobody works as ${role} now: its lag grows` : table(rows);
  out.data({ role, from: answer.from, to: answer.to, scaled: true, processes }, text);
}

async function untilDone(
  folder: string,
  role: string,
  instances: number,
  wait: boolean,
): Promise<readonly ProcessStatus[]> {
  const names = slotNames({ role, main: '', instances });
  const deadline = Date.now() + doneWithinMs;
  for (;;) {
    const status = await stackStatus(folder);
    if (status === undefined) throw noStack();
    const own = status.processes.filter(({ name }) => name.replace(/-\d+$/, '') === role);
    if (!wait || isDone(own, names)) return own;
    if (Date.now() > deadline) {
      const late = own.filter(({ state }) => state !== 'ready').map(({ name, state }) => `${name} ${state}`);
      throw new CliError(`Not done within ${doneWithinMs / 1_000} s: ${late.join(', ')}.`, {
        code: 'time-out',
        exitCode: exitCodes.timeOut,
        next: `npx millrace logs ${role}`,
      });
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function parseInstances(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('wanted how many processes, for example 3.');
  return Number(text);
}

/** `millrace groups scale <role> <n>`: exit 0 when that many run and are ready; 3 no such role, 5 too many. */
export function register(groups: Command): void {
  withCommonOptions(groups.command('scale'))
    .description('run a role as so many processes, until the stack is stopped')
    .argument('<role>', `${Object.keys(consumerGroups).join(', ')} or api`)
    .argument('<n>', 'how many; 0 to as many as there are partitions', parseInstances)
    .option('--no-wait', 'return at once, not when all are ready')
    .action(scale);
}
