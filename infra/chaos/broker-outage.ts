import type { Answered } from '../../producers/checkout/checkout.ts';
import type { ChaosRun } from './chaos-run.ts';
import { type Away, holdAway } from './faults.ts';
import { type Memory, watchMemory } from './watch-memory.ts';

/** What the API did while no append could be acknowledged. */
export interface OutageReport {
  readonly seconds: number;
  /** Resident memory of each API process. */
  readonly memory: Readonly<Record<string, Memory>>;
  /** Answers to what was sent and answered during it, by status and problem code; `none`: no answer came. */
  readonly answers: Readonly<Record<string, number>>;
}

/** F9 (reliability §3): what the API may hold more while the broker is away. */
const growthMaxMb = 50;
/** A killed broker's last acknowledgement may still be on its way so long. */
const settledAfterMs = 2_000;

/**
 * Takes the broker away under load. The API must answer 503, never 202, and must not gather what it cannot hand on:
 * what it does else stands in `tally.broken`.
 */
export async function brokerOutage(run: ChaosRun, forMs: number): Promise<void> {
  const { tally, listeners } = run;
  const heard: Answered[] = [];
  const hear = (answered: Answered): void => void heard.push(answered);
  const memory = await watchMemory(run.stack, 'api');
  listeners.add(hear);
  let away: Away;
  try {
    away = await holdAway(run, 'kafka', forMs, 'brokerOutages');
  } finally {
    listeners.delete(hear);
    memory.stop();
  }
  const during = heard.filter(
    ({ sentMs, answeredMs }) => sentMs >= away.fromMs + settledAfterMs && answeredMs < away.untilMs,
  );
  const report = {
    seconds: Math.round((away.untilMs - away.fromMs) / 1_000),
    memory: memory.told(away),
    answers: countWords(during),
  };
  tally.outages.push(report);
  tally.broken.push(...wrongAnswers(during), ...wrongMemory(report.memory));
  if (during.length === 0) tally.unreached.push('a request while the broker was away');
  const unseen = Object.entries(report.memory).filter(([, { beforeMb }]) => beforeMb === 0);
  tally.unreached.push(...unseen.map(([name]) => `the memory of ${name}, which /proc does not show`));
  run.say(`broker back after ${report.seconds} s: ${JSON.stringify(report)}`);
}

/** `503 unavailable`, `202`, `202 replayed`, `none`. */
export const wordOf = ({ status, code, replayed }: Answered): string =>
  status === null
    ? 'none'
    : [status, ...(code === null ? [] : [code]), ...(replayed ? ['replayed'] : [])].join(' ');

function countWords(answers: readonly Answered[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const answered of answers) counts[wordOf(answered)] = (counts[wordOf(answered)] ?? 0) + 1;
  return counts;
}

/**
 * Answers that no API may give while it cannot append. What was placed before is told again, and a key that still runs
 * is told so; another command than an order may be refused by what the views say.
 */
export function wrongAnswers(during: readonly Answered[]): readonly string[] {
  const wrong = during.filter(({ request, status, code, replayed }) => {
    if (status === null || status === 503 || replayed || code === 'request-in-progress') return false;
    return status < 300 || request.path === '/v1/orders';
  });
  return wrong.map(
    (answered) =>
      `${answered.request.method} ${answered.request.path} (key ${answered.request.key}) was answered ${wordOf(answered)} while the broker was away`,
  );
}

/** What is wrong with the memory of each process; one that ended meanwhile held on to too much, or broke. */
export function wrongMemory(memory: OutageReport['memory']): readonly string[] {
  return Object.entries(memory).flatMap(([name, { beforeMb, mostMb, lived }]) => {
    if (!lived) return [`${name} ended while the broker was away`];
    if (mostMb - beforeMb <= growthMaxMb) return [];
    return [
      `${name} grew from ${beforeMb} to ${mostMb} MB while the broker was away; ${growthMaxMb} MB more are allowed`,
    ];
  });
}
