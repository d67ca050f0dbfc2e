import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../config/config.ts';
import { lastLines } from './engine-process.ts';
import { untilNotHeld } from './fault-orders.ts';
import { freePort, isPortFree } from './free-port.ts';
import {
  isSlotReady,
  type RoleSlot,
  type RoleSlotOptions,
  slotNames,
  slotUrl,
  startRole,
} from './role-slot.ts';
import type { RestartAnswer } from './restart-answer.ts';
import { instancesLimit, type Role } from './roles.ts';
import type { ScaleAnswer } from './scale-answer.ts';
import { SetupError } from './setup-error.ts';
import { type ProcessStatus, statusOfProcess } from './stack-status.ts';
import { type Supervised, supervise } from './supervise.ts';

const readyWithinMs = 120_000;

export interface RoleSlotsOptions extends RoleSlotOptions {
  readonly roles: readonly Role[];
  /** P: no more processes of a group have work than there are partitions. */
  readonly partitions: number;
  /** One line for each thing that happens. */
  readonly say: (text: string) => void;
}

interface Entry {
  readonly role: string;
  readonly slot: RoleSlot;
  readonly process: Supervised;
  isReady: boolean;
  /** Resolves when the process is gone for good; null while it is wanted. */
  leaving: Promise<void> | null;
}

/** The processes of all roles, each in a slot: the source of truth for how many of each should run. */
export interface RoleSlots {
  /** Starts what the role table says. */
  start(): Promise<void>;
  /** Asks each process whether it is ready; those who call meanwhile share the look that is under way. */
  look(): Promise<void>;
  /** Looks until all are ready. Throws `SetupError` for one that ends again and again, or takes too long. */
  untilReady(signal: AbortSignal): Promise<void>;
  /**
   * Makes `instances` processes of a role from now on: the missing ones are started, those with the highest numbers
   * get SIGTERM. Resolves when that is under way; `statuses` shows when it is done.
   */
  scale(role: string, instances: number): Promise<ScaleAnswer>;
  /**
   * Ends one process and starts it again from the code of a checkout's folder. Resolves when that is under way;
   * `statuses` shows when it is done.
   */
  restart(name: string, release: string): Promise<RestartAnswer>;
  /** In the order of the role table; one that is being ended is shown until it is gone. */
  statuses(): readonly ProcessStatus[];
  /** Ends all for good and waits. */
  stop(): Promise<void>;
}

export function createRoleSlots(options: RoleSlotsOptions): RoleSlots {
  const { roles, partitions, logFolder, say } = options;
  const entries: Entry[] = [];
  let turn: Promise<unknown> = Promise.resolve();
  let isStopped = false;

  const wantedOf = (role: string): readonly Entry[] =>
    entries.filter((entry) => entry.role === role && entry.leaving === null);

  const add = async ({ role, main }: Role, name: string, release: string): Promise<void> => {
    // Two processes of one instance id would take each other's partitions.
    const before = entries.find((entry) => entry.slot.name === name)?.leaving;
    const slot = { name, main, release, metricsPort: await freePort(0) };
    const start = async () => {
      await before;
      await untilNotHeld(options.dataFolder, name);
      // Somebody may have taken the port while the slot was empty.
      if (!(await isPortFree(slot.metricsPort))) slot.metricsPort = await freePort(0);
      return startRole(slot, options);
    };
    if (isStopped) return;
    const process = supervise({ name, start, onEvent: say });
    entries.push({ role, slot, process, isReady: false, leaving: null });
  };

  const leave = (entry: Entry): void => {
    entry.leaving ??= entry.process.stop().then(() => void entries.splice(entries.indexOf(entry), 1));
  };

  const scaleNow = async (name: string, instances: number): Promise<ScaleAnswer> => {
    const role = roles.find((each) => each.role === name);
    if (role === undefined) {
      const known = roles.map((each) => each.role).join(', ');
      return { is: 'refused', code: 'not-found', message: `There is no role ${name}; there are: ${known}.` };
    }
    const { max, why } = instancesLimit(name, partitions);
    if (instances > max) {
      return {
        is: 'refused',
        code: 'too-many',
        message: `${instances} processes of ${name} are too many: ${why}.`,
      };
    }
    const names = slotNames({ ...role, instances });
    const current = wantedOf(name);
    const extra = current.filter(({ slot }) => !names.includes(slot.name));
    const missing = names.filter((each) => !current.some(({ slot }) => slot.name === each));
    for (const entry of extra) leave(entry);
    const release = current.at(-1)?.slot.release ?? repositoryRoot; // as the one that a roll reaches last
    for (const each of missing) await add(role, each, release);
    say(`${name}: ${current.length} to ${instances} processes`);
    return { is: 'scaling', from: current.length, to: instances };
  };

  const restartNow = async (name: string, release: string): Promise<RestartAnswer> => {
    const entry = entries.find(({ slot, leaving }) => slot.name === name && leaving === null);
    const role = roles.find((each) => each.role === entry?.role);
    if (entry === undefined || role === undefined)
      return { is: 'refused', code: 'not-found', message: `No process runs as ${name}.` };
    if (!existsSync(path.resolve(release, role.main))) {
      return {
        is: 'refused',
        code: 'no-release',
        message: `${release} has no ${role.main}: it is no checkout of Millrace.`,
      };
    }
    leave(entry);
    await add(role, name, release);
    say(`${name}: starts again, code of ${release}`);
    return { is: 'restarting' };
  };

  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const answer = turn.then(act);
    turn = answer.catch(() => undefined); // its caller has the error
    return answer;
  };

  let looking: Promise<unknown> | null = null;
  const look = async (): Promise<void> => {
    looking ??= Promise.all(
      entries.map(async (entry) => (entry.isReady = await isSlotReady(entry.slot))),
    ).finally(() => (looking = null));
    await looking;
  };

  const place = ({ role, slot }: Entry): number =>
    roles.findIndex((each) => each.role === role) * 1_000 + Number(slot.name.slice(role.length + 1));

  return {
    look,
    async start() {
      for (const role of roles) for (const name of slotNames(role)) await add(role, name, repositoryRoot);
    },
    async untilReady(signal) {
      const deadline = Date.now() + readyWithinMs;
      for (;;) {
        await look();
        if (signal.aborted) return;
        const waiting = entries.filter(({ isReady }) => !isReady);
        if (waiting.length === 0) return;
        const hopeless = waiting.find(
          ({ process }) => process.lastExit() === 'exit code 78' || process.restarts() >= 6,
        );
        const late = hopeless ?? (Date.now() > deadline ? waiting[0] : undefined);
        if (late !== undefined) throw doesNotStart(late, logFolder);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    scale: (role, instances) => inTurn(() => scaleNow(role, instances)),
    restart: (name, release) => inTurn(() => restartNow(name, release)),
    statuses: () =>
      entries
        .toSorted((a, b) => place(a) - place(b))
        .map(({ slot, process, isReady, leaving }) => {
          const status = statusOfProcess(process, 'role', slotUrl(slot), isReady, slot.release);
          return leaving === null ? status : { ...status, state: 'stopping' };
        }),
    async stop() {
      isStopped = true;
      await Promise.all(entries.map(({ process }) => process.stop()));
    },
  };
}

function doesNotStart({ process, slot }: Entry, logFolder: string): SetupError {
  const logFile = path.join(logFolder, `${slot.name}.log`);
  const how = process.lastExit() ?? `not ready within ${readyWithinMs / 1000} s`;
  return new SetupError(
    `${slot.name} does not start (${how}): ${lastLines(readFileSync(logFile, 'utf8'))}.`,
    `read ${logFile}`,
  );
}
