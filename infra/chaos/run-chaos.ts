import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pino } from 'pino';
import { openClientJournal } from '../../producers/checkout/client-journal-writer.ts';
import { createCheckout } from '../../producers/checkout/checkout.ts';
import { type LoadSummary, runLoad } from '../../producers/load/run-load.ts';
import { openAuditSources } from '../audit/live-recording.ts';
import { type Coverage, nothingGiven } from '../audit/given.ts';
import type { RuleReport } from '../audit/rule.ts';
import { untilSourcesAnswer } from '../audit/until-sources-answer.ts';
import { verify } from '../audit/verify.ts';
import { seededRandom } from '../clients/seeded-random.ts';
import type { Config } from '../config/config.ts';
import { demoStore } from '../deploy/demo-store.ts';
import type { StackSummary } from '../local/stack-status.ts';
import type { OutageReport } from './broker-outage.ts';
import type { KafkaAloneReport } from './kafka-alone.ts';
import type { ChaosRun } from './chaos-run.ts';
import { type ChaosStack, chaosStack } from './chaos-stack.ts';
import type { RevokedReport } from './revoke-credential.ts';
import type { Scenario } from './scenarios.ts';
import { scaleTo } from './scale-stack.ts';
import type { StarvedReport } from './starve.ts';
import { tallied, Tally, type Tallied } from './tally.ts';
import { keptBytesOf } from './unreadable-records.ts';
import { createVoidWatch } from './void-watch.ts';
import { signalGroup } from '../local/process-identity.ts';

export interface ChaosOptions {
  readonly config: Config;
  readonly summary: StackSummary;
  readonly scenario: Scenario;
  readonly seed: number;
  /** At least so many; the load goes on as long as the scenario does. */
  readonly orders: number;
  /** Orders a second, open loop. */
  readonly rate: number;
  /** How long a scenario without an end of its own goes on. */
  readonly forMs: number;
  readonly say: (text: string) => void;
}

export interface ChaosReport {
  readonly scenario: string;
  readonly seed: number;
  readonly seconds: number;
  readonly load: LoadSummary;
  readonly counts: Readonly<Record<Tallied, number>>;
  /** Crash points at which processes died or froze, with how often. */
  readonly crashPoints: Readonly<Record<string, number>>;
  /** What the scenario ordered and never saw: a run with any of it counts for nothing. */
  readonly unreached: readonly string[];
  /** What did not hold beside the auditor's rules: a bound of memory, an answer, bytes that had to be kept. */
  readonly broken: readonly string[];
  /** What the API did each time the broker was away. */
  readonly outages: readonly OutageReport[];
  /** What came of orders each time every other engine was away. */
  readonly kafkaAlone: readonly KafkaAloneReport[];
  /** What each process did that had too little memory or too few descriptors. */
  readonly starved: readonly StarvedReport[];
  /** What was seen each time Redis refused the credential it took before. */
  readonly revoked: readonly RevokedReport[];
  readonly rules: readonly RuleReport[];
}

const silent = pino({ level: 'silent' });
const restWithinMs = 600_000;

/**
 * Runs a scenario on the local stack under load, heals, waits for rest and audits everything: topics, Redis,
 * ClickHouse, the provider and what the clients wrote down. Rejects if the stack does not come back.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { config, summary, scenario, seed, say } = options;
  const beganMs = Date.now();
  const stack = chaosStack(config, summary);
  const tally = new Tally();
  const sources = await openAuditSources(config, silent);
  const scaledBack = await scaleTo(stack, scenario.instances);
  try {
    const run: ChaosRun = {
      stack,
      tally,
      say,
      sources,
      random: seededRandom(seed),
      watch: createVoidWatch(sources),
      unreadable: [],
      listeners: new Set(),
    };
    let load: LoadSummary;
    try {
      load = await actUnderLoad(run, options);
    } finally {
      await scenario.end?.(run);
    }
    await heal(stack);
    say('healed; waiting for rest, then the audit');
    const rules = await audit(config, coverageOf(tally), say);
    const kept = await keptBytesOf(run);
    tally.add('quarantinedAgain', kept.again);
    tally.broken.push(...kept.lost.map((where) => `the bytes of ${where} stand nowhere in quarantine`));
    return {
      scenario: scenario.name,
      seed,
      seconds: Math.round((Date.now() - beganMs) / 1_000),
      load,
      counts: tally.counts,
      crashPoints: Object.fromEntries(tally.reached),
      unreached: tally.unreached,
      broken: tally.broken,
      outages: tally.outages,
      kafkaAlone: tally.kafkaAlone,
      starved: tally.starved,
      revoked: tally.revoked,
      rules,
    };
  } finally {
    await heal(stack);
    await scaledBack();
    await sources.close();
  }
}

/** Both to their end; a scenario that breaks ends the load, and the other way round. */
async function actUnderLoad(run: ChaosRun, options: ChaosOptions): Promise<LoadSummary> {
  const { config, summary, scenario, seed, orders, rate, forMs, say } = options;
  const name = `chaos-${seed}-${Date.now()}`;
  const journal = await openClientJournal(path.join(config.dataDir, 'client-journal', `${name}.ndjson`));
  const checkout = createCheckout({
    api: summary.api,
    credential: summary.keys.full,
    store: demoStore,
    journal,
    connectionsMax: 64,
    patienceMs: 600_000,
    catalogueDelayMs: 120_000,
    onAnswer: (answered) => {
      for (const listen of run.listeners) listen(answered);
    },
  });
  const flows = Promise.withResolvers<void>();
  let broken: unknown;
  let isOver = false;
  const onOrder = (done: number): void => {
    if (broken !== undefined) throw broken;
    flows.resolve();
    if (done % 1_000 === 0) say(`${done} of ${orders} orders`);
  };
  try {
    const load = runLoad(checkout, {
      run: name,
      seed,
      store: demoStore,
      orders,
      rate,
      goesOn: () => !isOver,
      onOrder,
    });
    load.catch(flows.reject);
    await flows.promise;
    await scenario
      .act(run, Date.now() + forMs)
      .catch((error: unknown) => {
        broken = error;
        throw error;
      })
      .finally(() => (isOver = true));
    return await load;
  } finally {
    checkout.close();
    await journal.close();
  }
}

/** Nothing is held, frozen or armed any more, and everything is ready. */
async function heal(stack: ChaosStack): Promise<void> {
  stack.orders.clear();
  const { processes } = await stack.status();
  for (const { pid } of processes) if (pid !== null) signalGroup(pid, 'SIGCONT');
  for (const { name } of processes) await stack.untilReady(name);
}

/** For a run that is broken off: what it held or froze goes on, and the roles start anew without what it gave them. */
export async function abandon(config: Config, summary: StackSummary): Promise<void> {
  const stack = chaosStack(config, summary);
  stack.orders.clear();
  for (const { kind, pid } of (await stack.status()).processes) {
    if (pid === null) continue;
    signalGroup(pid, 'SIGCONT');
    if (kind === 'role') signalGroup(pid, 'SIGKILL');
  }
}

/** Everything the scenario did or ordered has to have come about, once at least: rule I-24. */
function coverageOf({ counts, reached, unreached }: Tally): Coverage {
  const came: Record<string, number> = Object.fromEntries(reached);
  for (const name of tallied) if (counts[name] > 0) came[name] = counts[name];
  const declared = [...Object.keys(came), ...unreached].map((name) => [name, 1] as const);
  return { declared: Object.fromEntries(declared), reached: came };
}

function audit(
  config: Config,
  coverage: Coverage,
  say: (text: string) => void,
): Promise<readonly RuleReport[]> {
  let told = '';
  const onWait = (reasons: readonly string[]): void => {
    const [first = 'nothing new for a second'] = reasons;
    const kind = first.replaceAll(/\d+/g, 'n');
    if (kind !== told) say(`waiting for rest: ${first}`);
    told = kind;
  };
  return untilSourcesAnswer(
    { withinMs: restWithinMs, onWait, nowMs: () => Date.now(), pause: (ms) => wait(ms) },
    (leftMs) =>
      verify({
        config,
        logger: silent,
        clientJournals: path.join(config.dataDir, 'client-journal'),
        restWithinMs: leftMs,
        given: async () => ({ ...nothingGiven, coverage }),
        search: { canaries: [], logs: path.join(config.dataDir, 'logs') },
        redisDump: null,
        onWait,
      }),
  );
}
