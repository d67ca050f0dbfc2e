import { setTimeout as wait } from 'node:timers/promises';
import { between, type ChaosRun } from './chaos-run.ts';
import { shuffled } from './crash-plans.ts';
import { type FaultLink, type LinkFault, startFaultLink } from './fault-link.ts';

interface NamedLink {
  /** `<slot> – <engine>`. */
  readonly name: string;
  readonly link: FaultLink;
}

/** What each role talks to, beside Kafka and the registry. */
const partners: Readonly<Record<string, readonly string[]>> = {
  orders: [],
  stock: [],
  catalogue: [],
  payments: ['PSP_URL'],
  views: ['REDIS_URL'],
  sink: ['CLICKHOUSE_URL'],
  api: ['REDIS_URL', 'CLICKHOUSE_URL'],
};

const roundsMin = 3;

/**
 * Puts a proxy between each process and each part it talks to, by restarting it with other addresses, breaks some of
 * them every few seconds, and puts everything straight again.
 */
export async function breakLinks(run: ChaosRun, untilMs: number): Promise<void> {
  const slots = await slotsOf(run);
  const links: NamedLink[] = [];
  try {
    for (const slot of slots) links.push(...(await leadThroughLinks(run, slot)));
    await restart(run, slots);
    run.say(`${links.length} links between ${slots.length} processes and their parts`);
    // a slow machine has used up the time with the restarts
    for (let round = 0; round < roundsMin || Date.now() < untilMs; round += 1)
      await Promise.all([askForReport(run), breakSome(run, links)]);
    const unused = links.filter(({ link }) => link.connections() === 0).map(({ name }) => name);
    run.tally.unreached.push(...unused.map((name) => `a connection over ${name}`));
  } finally {
    for (const { link } of links) link.heal();
    for (const slot of slots) run.stack.orders.environment(slot, {});
    await restart(run, slots);
    for (const { link } of links) link.close();
  }
}

/** An analyst looks meanwhile: nobody else has the API talk to ClickHouse. Whatever comes of it is theirs. */
async function askForReport({ stack: { summary } }: ChaosRun): Promise<void> {
  const url = `${summary.api}/v1/analytics/sales?bucket=day&from=2026-01-01&to=2030-01-01`;
  const headers = { authorization: `Bearer ${summary.keys.analyst}` };
  await fetch(url, { headers, signal: AbortSignal.timeout(10_000) })
    .then((response) => response.text())
    .catch(() => undefined); // the API may be the one that is cut off
}

async function slotsOf({ stack }: ChaosRun): Promise<readonly string[]> {
  const { processes } = await stack.status();
  return processes.map(({ name }) => name).filter((name) => partners[roleOf(name)] !== undefined);
}

const roleOf = (slot: string): string => slot.replace(/-\d+$/, '');

async function leadThroughLinks({ stack }: ChaosRun, slot: string): Promise<NamedLink[]> {
  const { config } = stack;
  const urls: Readonly<Record<string, string>> = {
    REGISTRY_URL: config.registryUrl,
    REDIS_URL: config.redisUrl,
    CLICKHOUSE_URL: config.clickhouseUrl,
    PSP_URL: config.pspUrl,
  };
  const kafka = await startFaultLink(config.kafkaBrokers[0] ?? '');
  const links = [{ name: `${slot} – KAFKA`, link: kafka }];
  const variables: Record<string, string> = { MILLRACE_KAFKA_VIA: kafka.address };
  for (const variable of ['REGISTRY_URL', ...(partners[roleOf(slot)] ?? [])]) {
    const url = new URL(urls[variable] ?? '');
    const link = await startFaultLink(url.host);
    url.host = link.address;
    variables[`MILLRACE_${variable}`] = url.href;
    links.push({ name: `${slot} – ${variable}`, link });
  }
  stack.orders.environment(slot, variables);
  return links;
}

async function restart({ stack, tally }: ChaosRun, slots: readonly string[]): Promise<void> {
  const before: (readonly [string, number])[] = [];
  for (const slot of slots) before.push([slot, await stack.signal(slot, 'SIGKILL')]);
  tally.add('kills', slots.length);
  for (const [slot, pid] of before) await stack.untilReady(slot, pid);
}

const faults: readonly (readonly [string, LinkFault | 'reset' | 'lost answer'])[] = [
  ['200 ms later', { latencyMs: 200 }],
  ['64 KB/s', { bytesPerSecond: 65_536 }],
  ['in slices of 10 bytes', { sliceBytes: 10 }],
  ['cut', { isCut: true }],
  ['half open, requests vanish', { swallows: 'requests' }],
  ['half open, answers vanish', { swallows: 'answers' }],
  ['reset', 'reset'],
  ['an answer lost', 'lost answer'],
];

/** Breaks 1 to 4 links, one after another, and mends them in another order. */
async function breakSome(run: ChaosRun, links: readonly NamedLink[]): Promise<void> {
  const broken = shuffled(run, links).slice(0, between(run, 1, 4));
  for (const { name, link } of broken) {
    const [what, fault] = faults[between(run, 0, faults.length - 1)] ?? ['reset', 'reset'];
    if (fault === 'reset') link.reset();
    else if (fault === 'lost answer') link.loseNextAnswer(50);
    else link.set(fault);
    run.tally.add('linkFaults');
    run.say(`${name}: ${what}`);
    await wait(between(run, 200, 1_500));
  }
  await wait(between(run, 1_000, 6_000));
  for (const { link } of shuffled(run, broken)) {
    link.heal();
    await wait(between(run, 100, 800));
  }
}
