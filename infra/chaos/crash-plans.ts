import { type CrashPlan, type CrashPointName, crashPointNames } from '../config/crash-points.ts';
import { between, type ChaosRun } from './chaos-run.ts';

/**
 * At which passage a point is taken: one from 1 to this, by the seed. Some are passed thousands of times a second and
 * some once in a process's life.
 */
const nthMax: Readonly<Record<CrashPointName, number>> = {
  'api.mid-body': 20,
  'api.before-produce': 10,
  'api.after-ack': 10,
  'runtime.in-load': 500,
  'runtime.before-barrier': 2,
  'runtime.after-barrier': 2,
  'runtime.before-resend': 1,
  'runtime.in-resend': 1,
  'runtime.after-fetch': 30,
  'runtime.after-decide': 30,
  'runtime.before-quarantine': 2,
  'runtime.after-quarantine': 2,
  'runtime.before-append': 30,
  'runtime.after-append': 30,
  'runtime.after-check': 30,
  'runtime.before-message': 30,
  'runtime.between-messages': 5,
  'runtime.after-chunk': 2,
  'runtime.before-manifest': 2,
  'payments.before-call': 20,
  'payments.after-call': 20,
  'payments.after-report': 20,
  'views.before-apply': 20,
  'views.after-apply': 20,
  'views.in-wipe': 1,
  'sink.before-block': 2,
  'sink.between-tables': 3,
  'sink.before-position': 2,
  'sink.after-position': 2,
};

export const planAt = (run: Pick<ChaosRun, 'random'>, name: CrashPointName): CrashPlan => ({
  name,
  nth: between(run, 1, nthMax[name]),
  how: 'kill',
});

/** Every crash point whose name begins so, each at a passage of the seed's choice, in an order of its choice. */
export function plansOf(
  run: Pick<ChaosRun, 'random'>,
  part: string,
  without: readonly CrashPointName[] = [],
): readonly CrashPlan[] {
  return shuffled(
    run,
    crashPointNames.filter((name) => name.startsWith(`${part}.`) && !without.includes(name)),
  ).map((name) => planAt(run, name));
}

export function shuffled<T>(run: Pick<ChaosRun, 'random'>, items: readonly T[]): readonly T[] {
  const all = [...items];
  for (let i = all.length - 1; i > 0; i -= 1) {
    const j = between(run, 0, i);
    [all[i], all[j]] = [all[j] as T, all[i] as T];
  }
  return all;
}
