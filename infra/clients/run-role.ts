import { createServer, type Server, type ServerResponse } from 'node:http';
import { Registry } from '@prometheus-io/client';
import { type Logger, pino } from 'pino';
import { type Config, ConfigError, loadConfig } from '../config/config.ts';
import { armCrashPoint } from './crash-point.ts';
import { exitCodes } from '../config/exit-codes.ts';
import { createProcessMetrics } from './process-metrics.ts';
import { tuneCollector } from './tune-collector.ts';
import { whatIsLacking } from './what-is-lacking.ts';

/** What every role gets: its configuration, a logger that names it, a registry for its metrics. */
export interface RoleContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Registry;
  /** Constant over restarts of the same process slot, for example `orders-1`. */
  readonly instanceId: string;
}

export interface Readiness {
  readonly ready: boolean;
  /** One word or number for each thing it depends on, for people. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface RunningRole {
  readiness(): Readiness;
  /** Finishes what is under way; resolves when nothing of the role runs any more. */
  stop(): Promise<void>;
}

export type StartRole = (context: RoleContext) => Promise<RunningRole>;

/**
 * Runs one role as this process: configuration, logger, health and metrics on METRICS_PORT, signals. A broken
 * configuration exits with 78 and all its faults; an unhandled rejection or exception exits with 1 and its reason:
 * correctness never needs a clean stop, so a process that does not know its state ends.
 */
export function runRole(role: string, start: StartRole): void {
  tuneCollector();
  const config = configOrExit(role);
  const logger = pino({ name: role, level: config.logLevel, base: { role, instance: config.instanceId } });
  const metrics = new Registry();
  createProcessMetrics(metrics, config.instanceId);
  armCrashPoint(config.crashAt);
  let running: RunningRole | undefined;
  let stopping = false;

  const die = (reason: string) => (error: unknown) => {
    logger.fatal({ err: error }, reason + whatIsLacking(error));
    logger.flush();
    process.exit(exitCodes.bug);
  };
  process.on('unhandledRejection', die('a promise was rejected and nobody looked'));
  process.on('uncaughtException', (error) => {
    die(knownEnds.has(error) ? 'the role cannot go on' : 'an exception nobody caught')(error);
  });

  const readiness = (): Readiness => {
    if (stopping) return { ready: false, checks: { role: 'stopping' } };
    return running?.readiness() ?? { ready: false, checks: { role: 'starting' } };
  };
  const health = serveHealth({
    readiness,
    metrics,
    port: config.metricsPort,
    started: () => running !== undefined,
  });
  health.on(
    'error',
    die(`port ${config.metricsPort} of MILLRACE_METRICS_PORT cannot be used; 0 takes a free one`),
  );

  const stop = async (signal: NodeJS.Signals): Promise<void> => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(die(`not stopped within ${config.shutdownTimeoutMs} ms`), config.shutdownTimeoutMs).unref();
    await running?.stop();
    health.close();
    health.closeAllConnections();
    logger.info('stopped');
    process.exit(exitCodes.ok);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal));

  start({ config, logger, metrics, instanceId: config.instanceId }).then((role_) => {
    running = role_;
    logger.info('started');
  }, die('the role cannot start'));
}

function configOrExit(role: string): Config {
  try {
    return loadConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${role}: ${error.message}\n`);
    return process.exit(exitCodes.config);
  }
}

/** Errors by which a role was ended on purpose, such as a consumer that is dead. */
const knownEnds = new WeakSet<Error>();

/** Ends a role that cannot go on: nobody catches this, so its process ends and is started again. */
export function endRole(error: Error): void {
  knownEnds.add(error);
  queueMicrotask(() => {
    throw error;
  });
}

interface Health {
  readonly readiness: () => Readiness;
  readonly started: () => boolean;
  readonly metrics: Registry;
  readonly port: number;
}

/** `/livez` (the loop turns), `/startupz`, `/readyz` (503 while restoring or stopping) and `/metrics`, on 127.0.0.1. */
function serveHealth({ readiness, started, metrics, port }: Health): Server {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://role').pathname;
    if (path === '/livez') return answer(response, 200, { live: true });
    if (path === '/startupz') return answer(response, started() ? 200 : 503, { started: started() });
    if (path === '/readyz') {
      const now = readiness();
      return answer(response, now.ready ? 200 : 503, now);
    }
    if (path === '/metrics') {
      metrics.metrics().then(
        (text) => response.writeHead(200, { 'content-type': metrics.contentType }).end(text),
        (error: unknown) => answer(response, 500, { error: String(error) }),
      );
      return undefined;
    }
    return answer(response, 404, { error: 'one of /livez /startupz /readyz /metrics' });
  });
  return server.listen(port, '127.0.0.1');
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
