import { randomBytes } from 'node:crypto';
import type { Random } from './ports.ts';

/** 72 bits, 12 characters: a token stands in every event. */
export const systemRandom: Random = {
  token: () => randomBytes(9).toString('base64url'),
};
