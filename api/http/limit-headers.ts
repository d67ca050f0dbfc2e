/** A limit under which a request came, and what is left of it. */
export interface LimitState {
  /** Whose limit it is: `key`, `store`, `key-day`, `store-day`. */
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  /** Seconds until there is more, or all of it again. */
  readonly resetSeconds: number;
}

/** Every policy and what is left of each, as lists of draft-ietf-httpapi-ratelimit-headers; none without limits. */
export function limitHeaders(states: readonly LimitState[]): Readonly<Record<string, string>> {
  if (states.length === 0) return {};
  return {
    'RateLimit-Policy': states
      .map(({ name, quota, windowSeconds }) => `"${name}";q=${quota};w=${windowSeconds}`)
      .join(', '),
    RateLimit: states
      .map(({ name, remaining, resetSeconds }) => `"${name}";r=${remaining};t=${resetSeconds}`)
      .join(', '),
  };
}
