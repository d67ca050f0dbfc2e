import type { Config, Overrides } from '../config/config.ts';
import { freePort, isPortFree } from './free-port.ts';
import type { Progress } from './maven.ts';
import { SetupError } from './setup-error.ts';

const defaultPorts = {
  kafka: 9092,
  registry: 8081,
  redis: 6379,
  clickhouse: 8123,
  http: 8080,
  psp: 8090,
} as const;

export type PortName = keyof typeof defaultPorts;
export type Ports = Readonly<Record<PortName, number>>;

/** The variable by which a person puts each part elsewhere. */
export const variableOf = {
  kafka: 'KAFKA_BROKERS',
  registry: 'REGISTRY_URL',
  redis: 'REDIS_URL',
  clickhouse: 'CLICKHOUSE_URL',
  http: 'HTTP_PORT',
  psp: 'PSP_URL',
} as const satisfies Record<PortName, string>;

export const portNames = Object.keys(defaultPorts) as readonly PortName[];

/**
 * A port for each part: the last start's, else the usual one, else the next free one above it; a part that a person put
 * elsewhere takes none (the number stands unused). Throws `SetupError` when the API's port was asked for and is taken.
 */
export async function choosePorts(
  given: Overrides,
  config: Config,
  remembered: Readonly<Record<string, number>>,
  say: Progress,
): Promise<Ports> {
  const ports: Record<PortName, number> = { ...defaultPorts };
  const taken = new Set<number>();
  for (const name of portNames) {
    if (name === 'http' && given.HTTP_PORT !== undefined && config.httpPort !== 0) {
      if (!(await isPortFree(config.httpPort, config.httpHost))) {
        throw new SetupError(
          `Port ${config.httpPort} of ${config.httpHost} is taken.`,
          `MILLRACE_HTTP_PORT=${config.httpPort + 1}, or end the program that has it`,
        );
      }
      ports.http = config.httpPort;
    } else if (name === 'http' || given[variableOf[name]] === undefined) {
      const wanted =
        name === 'http' && given.HTTP_PORT === '0' ? 0 : (remembered[name] ?? defaultPorts[name]);
      ports[name] = await freePort(wanted, taken, name === 'http' ? config.httpHost : undefined);
      if (wanted !== 0 && ports[name] !== wanted)
        say(`port ${wanted} is taken: ${name} listens on ${ports[name]}`);
    }
    taken.add(ports[name]);
  }
  return ports;
}

/** The addresses of the local stack as variables; what a person gave wins over them. */
export const localAddresses = (ports: Ports): Overrides => ({
  KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
  REGISTRY_URL: `http://127.0.0.1:${ports.registry}/apis/ccompat/v7`,
  REDIS_URL: `redis://127.0.0.1:${ports.redis}`,
  CLICKHOUSE_URL: `http://127.0.0.1:${ports.clickhouse}`,
  PSP_URL: `http://127.0.0.1:${ports.psp}`,
  PSP_WEBHOOK_URL: `http://127.0.0.1:${ports.http}/v1/webhooks/fake/{store}`,
});
