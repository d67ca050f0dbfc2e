import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { loadConfig, type Overrides } from '../config/config.ts';
import { choosePorts, localAddresses } from './choose-addresses.ts';
import { freePort, holdPort, isPortFree, startOnFreePort } from './free-port.ts';

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const takePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
    servers.push(server);
  });

const secret = 'x'.repeat(32);
const secrets = {
  FINGERPRINT_SECRET: secret,
  CURSOR_SECRET: secret,
  PSP_SECRET: secret,
  CUSTOMER_KEY_SECRET: secret,
};
const choose = async (given: Overrides, remembered: Record<string, number>) => {
  const said: string[] = [];
  const config = loadConfig({ ...secrets, ...given }, { env: {}, envFile: '/nowhere' });
  return { ports: await choosePorts(given, config, remembered, (text) => said.push(text)), said };
};

/** Free ports for all parts, so that the test does not depend on what runs here. */
const rememberedPorts = async (): Promise<Record<string, number>> => {
  const taken = new Set<number>();
  for (let i = 0; i < 6; i += 1) taken.add(await freePort(0, taken));
  const [kafka = 0, registry = 0, redis = 0, clickhouse = 0, http = 0, psp = 0] = taken;
  return { kafka, registry, redis, clickhouse, http, psp };
};

test('takes the ports of the last start again, and the next free one for a port that is taken', async () => {
  const remembered = await rememberedPorts();
  expect((await choose({}, remembered)).ports).toEqual(remembered);
  const busy = await takePort();
  const { ports, said } = await choose({}, { ...remembered, kafka: busy });
  expect(ports.kafka).toBeGreaterThan(busy);
  expect(said).toEqual([`port ${busy} is taken: kafka listens on ${ports.kafka}`]);
  expect(new Set(Object.values(ports)).size).toBe(6);
  expect(localAddresses(ports)).toMatchObject({
    KAFKA_BROKERS: `127.0.0.1:${ports.kafka}`,
    REGISTRY_URL: expect.stringMatching(/\/apis\/ccompat\/v7$/),
  });
});

test('a port that a person asked for is taken or refused, never replaced', async () => {
  const remembered = await rememberedPorts();
  const free = await freePort(0);
  expect((await choose({ HTTP_PORT: String(free) }, remembered)).ports.http).toBe(free);
  const busy = await takePort();
  await expect(choose({ HTTP_PORT: String(busy) }, remembered)).rejects.toThrow(
    `Port ${busy} of 127.0.0.1 is taken. Fix: MILLRACE_HTTP_PORT=${busy + 1}`,
  );
});

test('a free port is none that the kernel gives to connections, and another at every call', async () => {
  const ports: number[] = [];
  for (let i = 0; i < 20; i += 1) ports.push(await freePort(0));
  expect(new Set(ports).size).toBe(20);
  for (const port of ports) expect(port).toSatisfy((one) => one >= 10_240 && one < 32_768);
});

test('a held port is taken for everybody else until it is let go', async () => {
  const port = await freePort(0);
  const letGo = await holdPort(port);
  expect(await isPortFree(port)).toBe(false);
  const held = await holdPort(port); // by somebody else: nothing to let go
  await held();
  expect(await isPortFree(port)).toBe(false);
  await letGo();
  expect(await isPortFree(port)).toBe(true);
});

test('a start whose port was taken in between tries the next; any other failure is told at once', async () => {
  const busy = await takePort();
  const tried: number[] = [];
  const listen = (port: number): Promise<string> => {
    tried.push(port);
    return port === busy ? Promise.reject(new Error('address in use')) : Promise.resolve('up');
  };
  const { port, started } = await startOnFreePort(busy, listen);
  expect([started, tried]).toEqual(['up', [busy, port]]);
  let starts = 0;
  const broken = startOnFreePort(await freePort(0), () => {
    starts += 1;
    return Promise.reject(new Error('out of memory'));
  });
  await expect(broken).rejects.toThrow('out of memory');
  expect(starts).toBe(1);
});
