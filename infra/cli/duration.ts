import { InvalidArgumentError } from 'commander';

const secondsOf: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600 };

/** Reads a flag's duration, `20`, `20s`, `5m` or `1h`, as seconds. Throws commander's `InvalidArgumentError` beyond the limits. */
export const duration =
  (least: number, most: number) =>
  (text: string): number => {
    const [, digits, unit = ''] = /^(\d{1,9})([smh]?)$/.exec(text) ?? [];
    const seconds = Number(digits) * (secondsOf[unit] ?? Number.NaN);
    if (!(seconds >= least && seconds <= most))
      throw new InvalidArgumentError(`wanted ${least} to ${most} seconds, for example ${least}s, 5m or 1h.`);
    return seconds;
  };
