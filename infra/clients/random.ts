import { randomBytes } from 'node:crypto';

/** Chance as processors, views and sinks ask for it, so that a simulator draws it from its seed. */
export interface Random {
  /** In [0, 1): jitter, never an input of a decision. */
  number(): number;
  /** What nobody else draws: 72 random bits or more, as short text. */
  token(): string;
}

/** The machine's. A token has 12 characters: it stands in every event. */
export const systemRandom: Random = {
  number: () => Math.random(),
  token: () => randomBytes(9).toString('base64url'),
};
