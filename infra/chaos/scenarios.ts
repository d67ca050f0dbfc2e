import { setTimeout as wait } from 'node:timers/promises';
import type { CrashPlan } from '../config/crash-points.ts';
import { lostReplyRates } from '../psp/simulator/lost-replies.ts';
import { brokerOutage } from './broker-outage.ts';
import { between, type ChaosRun } from './chaos-run.ts';
import { planAt, plansOf, shuffled } from './crash-plans.ts';
import { runCrashScript } from './crash-script.ts';
import { freeze, killProcess, takeAway, wipeRedis } from './faults.ts';
import { fillDisk } from './full-disk.ts';
import { kafkaAlone } from './kafka-alone.ts';
import { breakLinks } from './links.ts';
import { orderProvider } from './provider-control.ts';
import { revokeRedis } from './revoke-credential.ts';
import { amongUnreadable } from './unreadable-records.ts';
import { crowdApi, noDescriptors, noHeap, smallLimits, starve } from './starve.ts';
import { makeSleeper, makeZombie } from './zombie-script.ts';
import { signalGroup } from '../local/process-identity.ts';

/** A mix of faults, in the order or the choice of the seed. */
export interface Scenario {
  readonly name: string;
  readonly help: string;
  /** Processes of a role it needs; the stack is scaled to them, and back. */
  readonly instances: Readonly<Record<string, number>>;
  /** Does its faults until `untilMs` (epoch), or once where it has an end of its own. */
  act(run: ChaosRun, untilMs: number): Promise<void>;
  /** Takes back what stays behind \`act\` until the load is over. */
  readonly end?: (run: ChaosRun) => Promise<void>;
}

const two = { orders: 2, stock: 2, payments: 2, views: 2, sink: 2 };
const roleSlots = [
  'orders-1',
  'orders-2',
  'stock-1',
  'stock-2',
  'catalogue-1',
  'payments-1',
  'views-1',
  'sink-1',
];

const snapshotPoints = ['runtime.after-chunk', 'runtime.before-manifest'] as const;
/** `MILLRACE_SNAPSHOT_EVENTS` up to which a process is killed in the middle of its snapshots too. */
const snapshotEventsMax = 5_000;

/** Only a kill there keeps bytes twice, and the load has few of them: orders and stock die at it both. */
const keptTwice = 'runtime.after-quarantine';

/** Every crash point, each role at its own pace. Orders and stock run the same runtime: the seed deals out its points. */
async function crashPoints(run: ChaosRun): Promise<void> {
  // a snapshot every 50,000 events does not come about in the time of a scenario
  const areRare = run.stack.config.snapshotEvents > snapshotEventsMax;
  // an order has three times as many events as its stock: a snapshot of stock is waited for three times as long
  const ofSnapshots = areRare ? [] : snapshotPoints.map((name) => planAt(run, name));
  const dealt = plansOf(run, 'runtime', [keptTwice, ...snapshotPoints]);
  const hand = (nth: number): readonly CrashPlan[] => dealt.filter((_, i) => i % 4 === nth);
  const script = (slot: string, plans: readonly CrashPlan[]): Promise<void> =>
    runCrashScript(run, { slot, plans });
  const catalogue = plansOf(run, 'runtime').filter(({ name }) => /barrier|load|append|decide/.test(name));
  const scripts = (): Promise<unknown> =>
    Promise.all([
      script('orders-1', [...hand(1), ...ofSnapshots.slice(0, 1), planAt(run, keptTwice)]),
      script('orders-2', [...hand(2), ...ofSnapshots.slice(1)]),
      script('stock-1', hand(0)),
      script('stock-2', [...hand(3), planAt(run, keptTwice)]),
      // its traffic is Ticks alone: a passage comes once a second and partition
      script(
        'catalogue-1',
        catalogue.map((plan) => ({ ...plan, nth: Math.min(plan.nth, 10) })),
      ),
      script('payments-1', plansOf(run, 'payments')),
      script('views-1', plansOf(run, 'views', ['views.in-wipe'])).then(() => killedWhileWiping(run)),
      script('sink-1', plansOf(run, 'sink')),
      script('api-1', plansOf(run, 'api')),
    ]);
  await amongUnreadable(run, scripts);
}

async function killedWhileWiping(run: ChaosRun): Promise<void> {
  const slot = 'views-1';
  const provoke = async (): Promise<void> => {
    await run.stack.untilReady(slot);
    await wipeRedis(run);
  };
  await runCrashScript(run, { slot, plans: [planAt(run, 'views.in-wipe')], provoke });
}

/** Twelve processors that wake with an append in their hands, and a sleeper of each fold. */
async function zombies(run: ChaosRun): Promise<void> {
  const appends = ['runtime.before-append', 'runtime.after-decide', 'runtime.after-fetch'] as const;
  const processor = async (role: string): Promise<void> => {
    for (const [i, name] of [...appends, ...appends].entries())
      await makeZombie(run, `${role}-${1 + (i % 2)}`, planAt(run, name));
  };
  await Promise.all([
    processor('orders'),
    processor('stock'),
    makeSleeper(run, 'views-2', planAt(run, 'views.before-apply')),
    makeSleeper(run, 'sink-2', planAt(run, 'sink.before-block')).then(() =>
      makeSleeper(run, 'sink-1', planAt(run, 'sink.before-position')),
    ),
    makeSleeper(run, 'payments-2', planAt(run, 'payments.after-call')),
  ]);
}

/** The broker killed, frozen, killed again, and away for a minute. */
async function broker(run: ChaosRun): Promise<void> {
  await killProcess(run, 'kafka', 'brokerRestarts');
  await flow(run);
  await freeze(run, 'kafka', 20_000, 'brokerFreezes');
  await flow(run);
  await killProcess(run, 'kafka', 'brokerRestarts');
  await flow(run);
  await brokerOutage(run, 60_000);
}

/** Long enough for every role to be at work again. */
const flow = async ({ stack }: ChaosRun): Promise<void> => {
  const { processes } = await stack.status();
  for (const { name } of processes.filter(({ kind }) => kind === 'role')) await stack.untilReady(name);
};

/** All that is not the broker: each is away for a while, under load, then all of them. */
async function engines(run: ChaosRun): Promise<void> {
  await takeAway(run, 'clickhouse', 10_000, 'clickhouseOutages');
  await killProcess(run, 'redis', 'redisRestarts');
  await takeAway(run, 'registry', 5_000, 'registryOutages');
  await takeAway(run, 'psp-1', 5_000, 'providerOutages');
  await kafkaAlone(run, 20_000);
  await wipeRedis(run);
}

/** Every role killed at the same moment: a cold start with work under way. */
async function allAtOnce(run: ChaosRun): Promise<void> {
  const { processes } = await run.stack.status();
  const slots = processes.flatMap(({ kind, name, pid }) =>
    kind === 'role' && pid !== null ? [{ name, pid }] : [],
  );
  for (const { pid } of slots) signalGroup(pid, 'SIGKILL');
  run.tally.add('kills', slots.length);
  run.say(`${slots.length} roles killed at once`);
  for (const { name, pid } of slots) await run.stack.untilReady(name, pid);
}

/** A process that is killed again as soon as it runs, before it has joined anything. */
async function killTwice(run: ChaosRun, slot: string): Promise<void> {
  const { stack } = run;
  const first = await stack.signal(slot, 'SIGKILL');
  await stack.untilRuns(slot, first);
  const second = await stack.signal(slot, 'SIGKILL');
  run.tally.add('kills', 2);
  run.say(`${slot} killed, and again at once`);
  await stack.untilReady(slot, second);
}

/** Too little of everything (F20, reliability §3): first what every role must live with, then less than it can. */
async function starved(run: ChaosRun): Promise<void> {
  const { processes } = await run.stack.status();
  const slots = processes.flatMap(({ kind, name }) => (kind === 'role' && name !== 'psp-1' ? [name] : []));
  const workedMs = 10_000;
  const work = async (slot: string, pid: number): Promise<void> => {
    await run.stack.untilReady(slot, pid);
    await (slot === 'api-1' ? crowdApi(run, workedMs) : wait(workedMs));
  };
  await Promise.all(slots.map((slot) => starve(run, slot, smallLimits, (pid) => work(slot, pid))));
  const starvedMs = 15_000;
  await Promise.all([
    starve(run, 'orders-1', noHeap, () => wait(starvedMs)),
    starve(run, 'sink-1', noDescriptors, () => wait(starvedMs)),
    revokeRedis(run, starvedMs),
  ]);
}

const fullDisk = (run: ChaosRun): Promise<void> => fillDisk(run, 'kafka', 15_000);

/** 1 to 3 faults every 5 to 15 seconds, each of another part, until the time is over. */
async function nemesis(run: ChaosRun, untilMs: number): Promise<void> {
  const short = (): number => between(run, 2_000, 15_000);
  const kill = (slot: string) => (): Promise<void> => killProcess(run, slot, 'kills');
  const faults: readonly (readonly [string, () => Promise<void>])[] = [
    ...roleSlots.map((slot) => [slot, kill(slot)] as const),
    ['api-1', kill('api-1')],
    ['orders-1', () => makeZombie(run, 'orders-1', planAt(run, 'runtime.before-append'))],
    ['stock-2', () => makeZombie(run, 'stock-2', planAt(run, 'runtime.before-append'))],
    ['views-2', () => makeSleeper(run, 'views-2', planAt(run, 'views.before-apply'))],
    ['sink-2', () => makeSleeper(run, 'sink-2', planAt(run, 'sink.before-block'))],
    ['redis', () => wipeRedis(run)],
    ['redis', () => takeAway(run, 'redis', short(), 'redisRestarts')],
    ['clickhouse', () => takeAway(run, 'clickhouse', short(), 'clickhouseOutages')],
    ['registry', () => takeAway(run, 'registry', short(), 'registryOutages')],
    ['psp-1', () => takeAway(run, 'psp-1', short(), 'providerOutages')],
    ['kafka', () => killProcess(run, 'kafka', 'brokerRestarts')],
    ['kafka', () => freeze(run, 'kafka', short(), 'brokerFreezes')],
  ];
  const busy = new Map<string, Promise<void>>();
  const failures: unknown[] = [];
  while (Date.now() < untilMs && failures.length === 0) {
    const free = shuffled(run, faults).filter(([part]) => !busy.has(part));
    for (const [part, fault] of free.slice(0, between(run, 1, 3))) {
      if (busy.has(part)) continue;
      const done = fault()
        .catch((error: unknown) => void failures.push(error))
        .finally(() => busy.delete(part));
      busy.set(part, done);
    }
    await new Promise((resolve) => setTimeout(resolve, between(run, 5_000, 15_000)));
  }
  await Promise.all(busy.values());
  if (failures.length > 0) throw failures[0];
}

/** 5 % of the replies are lost after the money moved, 1 % are 5xx, 1 % 429; webhooks come twice, in any order, or never. */
export const lostReplies: Scenario = {
  name: 'lost-replies',
  help: 'the provider moves money and loses every twentieth reply; webhooks come twice, in any order or never',
  instances: {},
  async act({ stack, say }) {
    await orderProvider(stack.config, { do: 'set-rates', rates: lostReplyRates });
    say('the provider loses replies');
  },
  end: ({ stack }) => orderProvider(stack.config, { do: 'set-rates', rates: '' }),
};

/** 503 to all that is asked of it, for as long as the scenario lasts. */
async function providerOutage({ stack, tally, say }: ChaosRun, untilMs: number): Promise<void> {
  const ms = Math.max(1_000, untilMs - Date.now());
  await orderProvider(stack.config, { do: 'outage', ms });
  tally.add('providerOutages');
  say(`the provider is out for ${Math.round(ms / 1_000)} s`);
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** What runs in every `npm test`: each crash point, zombies, outages, a full disk, all at once at the end. */
async function push(run: ChaosRun): Promise<void> {
  await crashPoints(run);
  await breakLinks(run, Date.now() + 20_000);
  await Promise.all([zombies(run), engines(run)]);
  await broker(run);
  await flow(run);
  await fullDisk(run);
  await Promise.all(['orders-1', 'stock-1', 'views-1', 'sink-1'].map((slot) => killTwice(run, slot)));
  await allAtOnce(run);
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'crash-points',
    help: 'a process killed at each crash point',
    instances: two,
    act: crashPoints,
  },
  {
    name: 'zombies',
    help: 'processes frozen with an append in their hands, and woken',
    instances: two,
    act: zombies,
  },
  { name: 'broker', help: 'Kafka killed, frozen for 20 s, away for 60 s', instances: {}, act: broker },
  {
    name: 'engines',
    help: 'ClickHouse, Redis, registry and provider away, one by one and all together; Redis wiped',
    instances: {},
    act: engines,
  },
  {
    name: 'kafka-alone',
    help: 'Redis, ClickHouse, registry and provider away at once, for as long as --for says: every order is still answered 202',
    instances: {},
    act: (run, untilMs) => kafkaAlone(run, Math.max(1_000, untilMs - Date.now())),
  },
  { name: 'redis-wipe', help: 'Redis emptied under load', instances: {}, act: wipeRedis },
  {
    name: 'clickhouse-outage',
    help: 'ClickHouse away for 30 s',
    instances: {},
    act: (run) => takeAway(run, 'clickhouse', 30_000, 'clickhouseOutages'),
  },
  {
    name: 'psp-outage',
    help: 'the payment provider answers 503, for as long as --for says',
    instances: {},
    act: providerOutage,
  },
  lostReplies,
  { name: 'disk-full', help: 'Kafka can write no file for 15 s', instances: {}, act: fullDisk },
  {
    name: 'links',
    help: 'slow, cut, half-open and reset links between all processes and their parts, for as long as --for says',
    instances: {},
    act: breakLinks,
  },
  {
    name: 'starved',
    help: 'roles with 64 MB of heap and 64 descriptors, then with less than they can start with; Redis refuses the credential',
    instances: {},
    act: starved,
  },
  { name: 'all-at-once', help: 'every role killed at the same moment', instances: {}, act: allAtOnce },
  {
    name: 'nemesis',
    help: '1 to 3 faults of any kind every 5 to 15 s, for as long as --for says',
    instances: two,
    act: nemesis,
  },
  {
    name: 'push',
    help: 'all of the above but psp-outage, lost-replies, starved and nemesis: what every `npm test` runs',
    instances: two,
    act: push,
  },
];
