import type { Answered } from '../../producers/checkout/checkout.ts';
import { wordOf } from './broker-outage.ts';
import type { ChaosRun } from './chaos-run.ts';
import { type Away, holdAway } from './faults.ts';

/** What came of the orders that were posted while Kafka was the only engine. */
export interface KafkaAloneReport {
  readonly seconds: number;
  /** Answers to `POST /v1/orders` sent and given during it, by status and problem code; `none`: no answer came. */
  readonly answers: Readonly<Record<string, number>>;
  /** The longest time between two answers of 202, ms. */
  readonly longestGapMs: number;
}

/** All that an order does not need to be accepted, with the word the tally has for it. */
const others = [
  ['redis', 'redisRestarts'],
  ['clickhouse', 'clickhouseOutages'],
  ['registry', 'registryOutages'],
  ['psp-1', 'providerOutages'],
] as const;

/** Without a 202 for so long the door was shut, however busy the machine is. */
const gapMsMax = 10_000;

/**
 * Takes every engine but Kafka away, and the payment provider, all at once and for the same time. Each order that is
 * posted meanwhile must be answered 202: what comes else stands in `tally.broken` (DESIGN §4: an order depends on
 * Kafka alone).
 */
export async function kafkaAlone(run: ChaosRun, forMs: number): Promise<void> {
  const { tally, listeners } = run;
  const heard: Answered[] = [];
  const hear = (answered: Answered): void => {
    if (answered.request.path === '/v1/orders') heard.push(answered);
  };
  listeners.add(hear);
  let aways: readonly Away[];
  try {
    aways = await Promise.all(others.map(([name, counted]) => holdAway(run, name, forMs, counted)));
  } finally {
    listeners.delete(hear);
  }
  const away = {
    fromMs: Math.max(...aways.map(({ fromMs }) => fromMs)),
    untilMs: Math.min(...aways.map(({ untilMs }) => untilMs)),
  };
  const during = heard.filter(({ sentMs, answeredMs }) => sentMs >= away.fromMs && answeredMs < away.untilMs);
  const answers: Record<string, number> = {};
  for (const answered of during) answers[wordOf(answered)] = (answers[wordOf(answered)] ?? 0) + 1;
  const longestGapMs = longestGap(during, away);
  const report = { seconds: Math.round((away.untilMs - away.fromMs) / 1_000), answers, longestGapMs };
  tally.kafkaAlone.push(report);
  tally.broken.push(...wrongAlone(during, longestGapMs));
  if (during.length === 0) tally.unreached.push('an order while Kafka was alone');
  run.say(`Kafka is no longer alone after ${report.seconds} s: ${JSON.stringify(report)}`);
}

/** The longest time within `away` without an answer of 202, ms. */
export function longestGap(during: readonly Answered[], { fromMs, untilMs }: Away): number {
  const times = during.filter(({ status }) => status === 202).map(({ answeredMs }) => answeredMs);
  const ordered = [fromMs, ...times.toSorted((a, b) => a - b), untilMs];
  return Math.max(...ordered.map((atMs, i) => atMs - (ordered[i - 1] ?? atMs)));
}

/** A connection that ends in the moment it is used again, as keep-alive ones do in any hour, is no answer of ours. */
const unansweredShareMax = 0.01;

/**
 * What is wrong with the answers. A key that still runs is told so, and a machine that is busy elsewhere may shed a
 * request before anything is done; neither may keep orders out for long.
 */
export function wrongAlone(during: readonly Answered[], longestGapMs: number): readonly string[] {
  const mayCome = new Set(['request-in-progress', 'overloaded']);
  const answered = during.filter(({ status }) => status !== null);
  const wrong = answered
    .filter(({ status, code }) => status !== 202 && !mayCome.has(code ?? ''))
    .map((each) => `key ${each.request.key} was answered ${wordOf(each)} while Kafka was alone`);
  const unanswered = during.length - answered.length;
  if (unanswered > during.length * unansweredShareMax)
    wrong.push(`${unanswered} of ${during.length} tries had no answer while Kafka was alone`);
  if (during.length > 0 && longestGapMs > gapMsMax)
    wrong.push(`no order was accepted for ${longestGapMs} ms while Kafka was alone`);
  return wrong;
}
