import { randomBytes } from 'node:crypto';
import type { Clock, Random } from './ports.ts';

/** The machine's clock and timers. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  setTimer(delayMs, fire) {
    const timer = setTimeout(fire, delayMs);
    return { cancel: () => clearTimeout(timer) };
  },
};

/** 72 bits, 12 characters: a token stands in every event. */
export const systemRandom: Random = {
  token: () => randomBytes(9).toString('base64url'),
};
