/**
 * Every place at which a process can be made to die or to freeze (reliability §5), in the order an order meets them.
 * Each stands in the code exactly once, a test sees to it; the suite of kills walks this list.
 */
export const crashPointNames = [
  'api.mid-body',
  'api.before-produce',
  'api.after-ack',
  'runtime.in-load',
  'runtime.before-barrier',
  'runtime.after-barrier',
  'runtime.before-resend',
  'runtime.in-resend',
  'runtime.after-fetch',
  'runtime.after-decide',
  'runtime.before-quarantine',
  'runtime.after-quarantine',
  'runtime.before-append',
  'runtime.after-append',
  'runtime.after-check',
  'runtime.before-message',
  'runtime.between-messages',
  'runtime.after-chunk',
  'runtime.before-manifest',
  'payments.before-call',
  'payments.after-call',
  'payments.after-report',
  'views.before-apply',
  'views.after-apply',
  'views.in-wipe',
  'sink.before-block',
  'sink.between-tables',
  'sink.before-position',
  'sink.after-position',
] as const;

export type CrashPointName = (typeof crashPointNames)[number];

/** What is to happen at a crash point: at its `nth` passage the process is killed, or stopped where it stands. */
export interface CrashPlan {
  readonly name: CrashPointName;
  readonly nth: number;
  /** `stop` freezes the process (SIGSTOP): whoever continues it has a zombie. */
  readonly how: 'kill' | 'stop';
}

/** Reads `name:nth` or `name:nth:stop`; undefined where it is neither, or names no crash point. */
export function parseCrashPlan(text: string): CrashPlan | undefined {
  const [, name = '', nth = '', how = 'kill'] =
    /^([a-z.-]+):([1-9]\d{0,6})(?::(kill|stop))?$/.exec(text) ?? [];
  const known = crashPointNames.find((each) => each === name);
  return known && { name: known, nth: Number(nth), how: how === 'stop' ? 'stop' : 'kill' };
}
