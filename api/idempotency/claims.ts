import type { Redis } from 'ioredis';
import { idempotencyKey } from '../../schemas/redis-keys.ts';

/** What a request with this command id may do. */
export type Claim =
  /**
   * Go on: nobody is at it, and no result is known. `unknownSinceMs` = an earlier attempt of the same request began
   * then and left no result: its command may be in the log.
   */
  | { readonly is: 'ours'; readonly unknownSinceMs: number | null }
  | { readonly is: 'running'; readonly fingerprint: string }
  | { readonly is: 'done'; readonly fingerprint: string; readonly answer: StoredAnswer }
  /** Redis does not answer: nothing is known, the log decides. */
  | { readonly is: 'away' };

/** The answer a replay gets again. */
export interface StoredAnswer {
  readonly location: string;
  readonly body: unknown;
}

export interface Claimed {
  readonly store: string;
  readonly commandId: string;
  readonly fingerprint: string;
  /** Of this request alone: only its owner ends a claim. */
  readonly token: string;
}

type Entry =
  /** Held until `untilMs`; after that its owner is dead, or did not learn the outcome: the same request may go on. */
  | {
      readonly is: 'running';
      readonly fingerprint: string;
      readonly token: string;
      readonly sinceMs: number;
      readonly untilMs: number;
    }
  | { readonly is: 'done'; readonly fingerprint: string; readonly answer: StoredAnswer };

/** A claim not renewed for so long belongs to a dead process. */
const leaseMs = 2_000;
/** How often a request that still waits for the log renews its claim. */
export const renewEveryMs = 500;
const keptMs = 24 * 3_600_000;

const now = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** Takes the claim unless a request runs, a result is known, or an attempt of another request has left none. */
const claimScript = `#!lua
${now}
local since = -1
local held = redis.call('GET', KEYS[1])
if held then
  local entry = cjson.decode(held)
  if entry.is == 'done' or entry.untilMs > now or entry.fingerprint ~= ARGV[1] then return held end
  since = entry.sinceMs
end
local mine = { is = 'running', fingerprint = ARGV[1], token = ARGV[2], sinceMs = now, untilMs = now + ARGV[3] }
redis.call('SET', KEYS[1], cjson.encode(mine), 'PX', ARGV[4])
return since`;

/** Changes a claim that is still the caller's: until when it is held and since when its outcome is unknown, or removes it. */
const changeScript = `#!lua
${now}
local held = redis.call('GET', KEYS[1])
local entry = held and cjson.decode(held)
if not entry or entry.token ~= ARGV[1] then return 0 end
if ARGV[2] == 'free' then return redis.call('DEL', KEYS[1]) end
entry.untilMs = now + ARGV[3]
if ARGV[2] ~= 'keep' then entry.sinceMs = tonumber(ARGV[2]) end
redis.call('SET', KEYS[1], cjson.encode(entry), 'PX', ARGV[4])
return 1`;

interface ClaimCommands {
  millraceClaim(
    key: string,
    fingerprint: string,
    token: string,
    leaseMs: number,
    keptMs: number,
  ): Promise<string | number>;
  millraceChangeClaim(
    key: string,
    token: string,
    since: string,
    heldMs: number,
    keptMs: number,
  ): Promise<number>;
}

/**
 * Atomic claims and answers by command id, in Redis: a cache that spares work and gives exact replays. Never the
 * truth: without it the log still keeps one command of each id. Every call ends within the client's time-out.
 */
export class Claims {
  readonly #redis: Redis & ClaimCommands;
  readonly #nowMs: () => number;
  #lostAtMs = Number.NEGATIVE_INFINITY;

  /** `redis` must fail fast: a request waits for each of its commands. */
  constructor(redis: Redis, nowMs: () => number) {
    redis.defineCommand('millraceClaim', { numberOfKeys: 1, lua: claimScript });
    redis.defineCommand('millraceChangeClaim', { numberOfKeys: 1, lua: changeScript });
    this.#redis = redis as Redis & ClaimCommands;
    this.#nowMs = nowMs;
  }

  /** When this process last could not read or write a claim, epoch ms; −∞ = never. */
  get lostAtMs(): number {
    return this.#lostAtMs;
  }

  async claim(claimed: Claimed): Promise<Claim> {
    const { fingerprint, token } = claimed;
    const held = await this.#orAway(() =>
      this.#redis.millraceClaim(keyOf(claimed), fingerprint, token, leaseMs, keptMs),
    );
    if (held === null) return { is: 'away' };
    if (typeof held === 'number') return { is: 'ours', unknownSinceMs: held < 0 ? null : held };
    const entry = JSON.parse(held) as Entry;
    return entry.is === 'done' ? entry : { is: 'running', fingerprint: entry.fingerprint };
  }

  /** The command is in the log: keeps its answer for replays. */
  async finish({ fingerprint, ...claimed }: Claimed, answer: StoredAnswer): Promise<void> {
    const done: Entry = { is: 'done', fingerprint, answer };
    await this.#orAway(() => this.#redis.set(keyOf(claimed), JSON.stringify(done), 'PX', keptMs));
  }

  /** The request still waits for the log. */
  async renew(claimed: Claimed): Promise<void> {
    await this.#change(claimed, 'keep', leaseMs);
  }

  /** This attempt did nothing: the key is as it was before it. */
  async release(claimed: Claimed, unknownSinceMs: number | null): Promise<void> {
    await this.#change(claimed, unknownSinceMs === null ? 'free' : String(unknownSinceMs), 0);
  }

  /** It is not known whether the command is in the log: only the same request may go on. */
  async leaveUnknown(claimed: Claimed): Promise<void> {
    await this.#change(claimed, 'keep', 0);
  }

  async #change(claimed: Claimed, since: string, heldMs: number): Promise<void> {
    await this.#orAway(() =>
      this.#redis.millraceChangeClaim(keyOf(claimed), claimed.token, since, heldMs, keptMs),
    );
  }

  async #orAway<T>(ask: () => Promise<T>): Promise<T | null> {
    try {
      return await ask();
    } catch {
      // Redis is away, full or slow: the log decides without it, and the moment is remembered (`lostAtMs`).
      this.#lostAtMs = this.#nowMs();
      return null;
    }
  }
}

const keyOf = ({ store, commandId }: Pick<Claimed, 'store' | 'commandId'>): string =>
  idempotencyKey(store, commandId);
