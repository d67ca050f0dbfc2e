import { appendFileSync } from 'node:fs';
import path from 'node:path';
import { assertNever } from '../../schemas/assert-never.ts';
import { type Config, givenVariables, loadConfig, type Overrides, toEnvironment } from '../config/config.ts';
import { choosePorts, localAddresses, type PortName, type Ports, variableOf } from './choose-addresses.ts';
import { type ControlCommand, serveControl } from './control-socket.ts';
import { localSecrets, prepareDataFolder, readPorts, writePorts, writeProcesses } from './data-folder.ts';
import { runDeployStep } from './deploy-step.ts';
import type { RunningEngine } from './engine-process.ts';
import { faultOrders, untilNotHeld } from './fault-orders.ts';
import { holdPort, startOnFreePort } from './free-port.ts';
import { startKafka } from './kafka/start-kafka.ts';
import { releaseLock, takeLock } from './launcher-lock.ts';
import { endLeftovers } from './leftovers.ts';
import type { Progress } from './maven.ts';
import { demandPrerequisites } from './preflight.ts';
import { endProcess, type ProcessIdentity } from './process-identity.ts';
import type { RestartAnswer } from './restart-answer.ts';
import { createRoleSlots, type RoleSlots } from './role-slots.ts';
import { canSharePorts, type Role } from './roles.ts';
import { rotateLogs } from './rotate-logs.ts';
import type { ScaleAnswer } from './scale-answer.ts';
import { endCommands } from './run-command.ts';
import { SetupError } from './setup-error.ts';
import { type ProcessStatus, type StackStatus, type StackSummary, statusOfProcess } from './stack-status.ts';
import { startClickhouse } from './start-clickhouse.ts';
import { startRedis } from './start-redis.ts';
import { startRegistry } from './start-registry.ts';
import { type Supervised, supervise } from './supervise.ts';

export interface LaunchOptions {
  readonly flags: Overrides;
  readonly roles: readonly Role[];
  readonly deployMain: string;
  /** One line for each step and each thing that happens. */
  readonly say: Progress;
}

/** One key posts whole files here (`replay --rate max`); a checkout's limit would only make it wait. */
const localRateLimit = '1000';
/** A role that does not stop in its time ends itself and says why; only then it is killed. */
const lastWordsMs = 1_000;
const logMaxBytes = 10 * 1024 * 1024;
const engineNames = ['kafka', 'registry', 'redis', 'clickhouse'] as const;
type EngineName = (typeof engineNames)[number];

const placeholderSecret = '-'.repeat(64);
const placeholderSecrets: Overrides = {
  FINGERPRINT_SECRET: placeholderSecret,
  CURSOR_SECRET: placeholderSecret,
  PSP_SECRET: placeholderSecret,
  CUSTOMER_KEY_SECRET: placeholderSecret,
};

/** Another launcher has the data folder. */
export class AlreadyRunning extends Error {}

/** The data folder the local stack would use. Throws `ConfigError` for any fault of the whole configuration. */
export const configOfLocalStack = (flags: Overrides): Config =>
  loadConfig(flags, { localStack: placeholderSecrets });

/**
 * The local stack, as one object: the source of truth for which of its processes should run. `start` brings up engines,
 * deploy step and roles; `stop` (also asked for over the control socket) may come at any time, also during `start`, and
 * leaves no process; `ended` resolves behind it. `adopt` takes a process of the caller's among those that end with the
 * stack. Throws `ConfigError`.
 */
export function createLauncher({ flags, roles, deployMain, say }: LaunchOptions) {
  const config = configOfLocalStack(flags);
  const given = givenVariables(flags);
  const folder = config.dataDir;
  const logFolder = path.join(folder, 'logs');
  const stopping = new AbortController();
  const engines = new Map<EngineName, Supervised & { readonly url: string }>();
  let slots: RoleSlots | null = null;
  const processes: Record<string, ProcessIdentity> = {};
  const closers: (() => void | Promise<void>)[] = [];
  let state: StackStatus['state'] = 'starting';
  let step = 'looking at the machine';
  let summary: StackSummary | null = null;
  let environment: Readonly<Record<string, string>> | null = null;
  let starting: Promise<StackSummary> | undefined;
  let stopped: Promise<void> | undefined;
  const ended = Promise.withResolvers<void>();

  const event: Progress = (text) => {
    appendFileSync(path.join(logFolder, 'launcher.log'), `${new Date().toISOString()} ${text}\n`);
    say(text);
  };
  const enter = (next: string): void => {
    if (stopping.signal.aborted) throw new SetupError('The start was interrupted.', 'npx millrace up');
    step = next;
    event(next);
  };
  const onSpawn = (name: string, identity: ProcessIdentity): void => {
    processes[name] = identity;
    writeProcesses(folder, processes);
    if (stopping.signal.aborted) void endProcess(identity, config.shutdownTimeoutMs); // the stop came while it was prepared
  };

  const startEngineOf = (name: EngineName, port: number): Promise<RunningEngine> => {
    const place = {
      folder: path.join(folder, name),
      port,
      logFile: path.join(logFolder, `${name}.log`),
      onSpawn: (identity: ProcessIdentity) => onSpawn(name, identity),
    };
    const starts = {
      kafka: startKafka,
      registry: startRegistry,
      redis: startRedis,
      clickhouse: startClickhouse,
    };
    return name === 'clickhouse' ? startClickhouse(place) : starts[name](place, event);
  };

  /** Gives the ports they listen on: another than the chosen one where somebody took that meanwhile. */
  const startEngines = async (chosen: Ports): Promise<Ports> => {
    const ports: Record<PortName, number> = { ...chosen };
    const own = engineNames.filter((name) => given[variableOf[name]] === undefined);
    const all = await Promise.allSettled(
      own.map(async (name) => {
        const { port, started } = await startOnFreePort(chosen[name], (at) => startEngineOf(name, at));
        const process = supervise({
          name,
          first: started,
          start: async () => {
            await untilNotHeld(folder, name);
            return startEngineOf(name, port);
          },
          onEvent: event,
        });
        engines.set(name, { ...process, url: started.url });
        ports[name] = port;
      }),
    );
    const failed = all.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return ports;
  };

  const statusOf = (): StackStatus => ({
    state,
    step,
    pid: process.pid,
    processes: [...engineStatuses(), ...(slots?.statuses() ?? [])],
    summary,
    environment,
  });
  const engineStatuses = (): ProcessStatus[] =>
    engineNames.map((name) => {
      const engine = engines.get(name);
      if (engine === undefined) {
        const url = given[variableOf[name]];
        return {
          name,
          kind: 'engine',
          state: url === undefined ? 'starting' : 'elsewhere',
          pid: null,
          restarts: 0,
          lastExit: null,
          release: null,
          url: url ?? '',
        };
      }
      return statusOfProcess(engine, 'engine', engine.url, engine.state() === 'running');
    });

  const bringUp = async (): Promise<StackSummary> => {
    const left = await endLeftovers(folder, config.shutdownTimeoutMs);
    if (left.length > 0) event(`ended what a killed launcher had left: ${left.join(', ')}`);
    enter('looking at the machine: Java, Maven, redis-server, memory, disk');
    await demandPrerequisites(folder, event);
    const chosen = await choosePorts(given, config, readPorts(folder), event);
    // Roles listen many seconds later than the ports are chosen.
    const held = await Promise.all([
      holdPort(chosen.http, config.httpHost),
      ...(given.PSP_URL === undefined ? [holdPort(chosen.psp)] : []),
    ]);
    const letGo = async (): Promise<void> => {
      await Promise.all(held.map((release) => release()));
    };
    closers.push(letGo);
    enter('starting Kafka, the schema registry, Redis and the ClickHouse engine');
    const ports = await startEngines(chosen);
    writePorts(folder, ports);
    const localStack = {
      ...localSecrets(folder),
      ...localAddresses(ports),
      INSTANCE_ID: 'launcher',
      RATE_LIMIT_PER_SECOND: localRateLimit,
      STORE_RATE_LIMIT_PER_SECOND: '0', // one store is all there is
      HTTP_PORT_SHARED: String(canSharePorts),
    };
    const all = { ...flags, HTTP_PORT: String(ports.http) };
    const deployEnv = toEnvironment(all, { localStack });
    enter('creating topics, schemas, tables and keys');
    const keys = await runDeployStep(deployMain, deployEnv, logFolder);
    const opened = { ...localStack, ...shopOf(config, keys) };
    const env = toEnvironment(all, { localStack: opened });
    enter('starting the roles');
    environment = env;
    await letGo();
    const started = createRoleSlots({
      roles: roles.filter(({ role }) => role !== 'psp' || given.PSP_URL === undefined),
      partitions: config.partitions,
      environment: env,
      dataFolder: folder,
      logFolder,
      graceMs: config.shutdownTimeoutMs + lastWordsMs,
      onSpawn,
      say: event,
    });
    slots = started;
    await started.start();
    await started.untilReady(stopping.signal);
    const watch = setInterval(() => void started.look(), 5_000);
    const rotation = setInterval(() => rotateLogs(logFolder, logMaxBytes), 10_000);
    closers.push(
      () => clearInterval(watch),
      () => clearInterval(rotation),
    );
    enter('everything answers');
    summary = toSummary(loadConfig(all, { localStack: opened }), keys);
    state = 'ready';
    return summary;
  };

  /** Starts everything and gives the addresses. After a rejection nothing of it runs. Throws `SetupError`, `AlreadyRunning`. */
  const start = async (): Promise<StackSummary> => {
    prepareDataFolder(folder);
    if (!takeLock(folder)) throw new AlreadyRunning(`A stack runs already on ${folder}.`);
    closers.push(() => releaseLock(folder));
    faultOrders(folder).clear();
    try {
      closers.push(await serveControl(folder, answerControl));
      starting = bringUp();
      return await starting;
    } catch (error) {
      await stop();
      throw error;
    }
  };

  const answerControl = async (command: ControlCommand): Promise<unknown> => {
    switch (command.do) {
      case 'status':
        if (state === 'ready') await slots?.look();
        return statusOf();
      case 'scale':
        return scale(command.role, command.instances);
      case 'restart':
        return restart(command.name, command.release);
      case 'stop':
        void stop();
        return { stopping: true };
      default:
        return assertNever(command);
    }
  };

  const scale = async (role: string, instances: number): Promise<ScaleAnswer> => {
    if (slots !== null && state === 'ready') return slots.scale(role, instances);
    return { is: 'refused', code: 'not-ready', message: `The local stack is not ready (${step}).` };
  };

  const restart = async (name: string, release: string): Promise<RestartAnswer> => {
    if (slots !== null && state === 'ready') return slots.restart(name, release);
    return { is: 'refused', code: 'not-ready', message: `The local stack is not ready (${step}).` };
  };

  const endProcesses = async (): Promise<void> => {
    step = 'stopping the roles';
    await slots?.stop();
    step = 'stopping the engines';
    await Promise.all([...engines.values()].map((engine) => engine.stop()));
    await endLeftovers(folder, config.shutdownTimeoutMs);
  };

  const stopAll = async (): Promise<void> => {
    state = 'stopping';
    endCommands();
    await endProcesses(); // also engines that are still starting; their starts then reject
    await starting?.catch(() => undefined); // start() itself tells its caller
    await endProcesses(); // what became ready meanwhile
    if (closers.length > 0) event('stopped');
    for (const close of closers.toReversed()) await close();
    ended.resolve();
  };

  /** Ends roles, then engines, and waits. May be called at any time, more than once. */
  const stop = (): Promise<void> => {
    stopping.abort();
    faultOrders(folder).clear();
    stopped ??= stopAll();
    return stopped;
  };

  return { start, stop, adopt: onSpawn, ended: ended.promise, dataDir: folder };
}

/** Opens the demo shop on the local stack, where nobody is asked for real money and its own port is 127.0.0.1's. */
const shopOf = ({ psp }: Config, { shop }: StackSummary['keys']): Overrides =>
  shop === undefined || psp !== 'simulator' ? {} : { SHOP_KEY: shop };

function toSummary(config: Config, keys: StackSummary['keys']): StackSummary {
  const isEverywhere = config.httpHost === '0.0.0.0' || config.httpHost === '::';
  const scheme = config.httpTlsCertificate === '' ? 'http' : 'https';
  const api = `${scheme}://${isEverywhere ? '127.0.0.1' : config.httpHost}:${config.httpPort}`;
  return {
    api,
    dashboard: `${api}/`,
    ...(config.shopKey === '' ? {} : { shop: `${api}/shop` }),
    docs: `${api}/docs`,
    keys,
    kafka: config.kafkaBrokers.join(','),
    registry: config.registryUrl,
    redis: config.redisUrl,
    clickhouse: config.clickhouseUrl,
    dataDir: config.dataDir,
  };
}
