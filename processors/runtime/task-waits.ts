import { pause } from '../../infra/clients/clock.ts';
import type { TopicPartition } from '../../infra/clients/log.ts';
import type { Body } from '../../schemas/envelope.ts';
import type { TaskSurroundings } from './task-surroundings.ts';

/** How far the broker's clock may be ahead of ours (P9). */
export const clockLeadMaxMs = 5 * 60_000;
const askAgainMs = 1_000;
const clockLookMaxMs = 10_000;

type Surroundings<Name extends keyof TaskSurroundings<unknown, Body, Body>> = Pick<
  TaskSurroundings<unknown, Body, Body>,
  Name
>;

/** A wait ends early once its task waits no more; the signal wakes it. */
export interface Waiting {
  readonly isWaiting: () => boolean;
  readonly signal: AbortSignal;
}

/** Asks for the writer's schema of a record until it is known, or known to be poison: then the record is quarantined. */
export async function waitForSchema(
  {
    learnWriter,
    poisonSchemas,
    observer,
    clock,
  }: Surroundings<'learnWriter' | 'poisonSchemas' | 'observer' | 'clock'>,
  { topic, partition }: TopicPartition,
  schemaId: number,
  { isWaiting, signal }: Waiting,
): Promise<void> {
  while (isWaiting()) {
    const answer = await learnWriter(topic, schemaId);
    if (answer.is === 'poison') poisonSchemas.set(schemaId, answer.reason);
    if (answer.is !== 'wait') return;
    observer.waiting(partition, answer.why);
    await pause(clock, askAgainMs, signal);
  }
}

/**
 * Pages, then waits until our own clock has come within 5 minutes of a record's stamp: one jump would expire everything
 * that has a deadline, and time never falls again.
 */
export async function waitForClock(
  { clock, observer }: Surroundings<'clock' | 'observer'>,
  partition: number,
  appendTimeMs: number,
  { isWaiting, signal }: Waiting,
): Promise<void> {
  const lead = (): number => appendTimeMs - clockLeadMaxMs - clock.nowMs();
  const message = `clock-jump: a record is stamped ${Math.round(lead() / 1000)} s beyond the 5 minutes that the broker's clock may be ahead`;
  observer.page(partition, { kind: 'clock-jump', message });
  while (isWaiting() && lead() > 0) await pause(clock, Math.min(lead(), clockLookMaxMs), signal);
}
