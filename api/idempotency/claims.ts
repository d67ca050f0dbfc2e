import type { Redis } from 'ioredis';
import { TurnBatch } from '../../infra/clients/turn-batch.ts';
import { idempotencyKey } from '../../schemas/redis-keys.ts';
import { Renewals } from './renewals.ts';
import { TooSlow, within } from './soft-deadline.ts';

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
  /**
   * Held until `untilMs`; after that its owner is dead, or did not learn the outcome: the same request may go on. Both
   * times are Redis's own. The first claim of all has none: it began when its key, which lives `keptMs`, was set, and is
   * held for `leaseMs`, so that it costs Redis a SET and no script.
   */
  | {
      readonly is: 'running';
      readonly fingerprint: string;
      readonly token: string;
      readonly sinceMs?: number;
      readonly untilMs?: number;
    }
  | { readonly is: 'done'; readonly fingerprint: string; readonly answer: StoredAnswer };

/** A claim not renewed for so long belongs to a dead process. */
const leaseMs = 2_000;
const keptMs = 24 * 3_600_000;

const now = `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** Since when an entry without times is held: its key was set with its whole life before it. */
const sinceSet = `now - (ARGV[4] - redis.call('PTTL', KEYS[1]))`;

/**
 * Takes the claim unless a request runs, a result is known, or an attempt of another request has left none. The
 * owner may ask again: its first answer may have been lost.
 */
const claimScript = `#!lua
${now}
local since = -1
local held = redis.call('GET', KEYS[1])
if held then
  local entry = cjson.decode(held)
  if entry.is == 'done' then return held end
  if not entry.sinceMs then
    entry.before = -1
    entry.sinceMs = ${sinceSet}
    entry.untilMs = entry.sinceMs + ARGV[3]
  end
  if entry.token == ARGV[2] then
    since = entry.before
  else
    if entry.untilMs > now or entry.fingerprint ~= ARGV[1] then return held end
    since = entry.sinceMs
  end
end
local mine = { is = 'running', fingerprint = ARGV[1], token = ARGV[2], before = since, sinceMs = now, untilMs = now + ARGV[3] }
redis.call('SET', KEYS[1], cjson.encode(mine), 'PX', ARGV[4])
return since`;

/** Changes a claim that is still the caller's: until when it is held and since when its outcome is unknown, or removes it. */
const changeScript = `#!lua
${now}
local held = redis.call('GET', KEYS[1])
local entry = held and cjson.decode(held)
if not entry or entry.token ~= ARGV[1] then return 0 end
if ARGV[2] == 'free' then return redis.call('DEL', KEYS[1]) end
if not entry.sinceMs then
  entry.before = -1
  entry.sinceMs = ${sinceSet}
end
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

/** A SET of a claim's entry, for 24 h. */
interface Put {
  readonly key: string;
  readonly entry: Entry;
  /** Only where there is none; then it answers null, else with the one there is. */
  readonly ifNone: boolean;
}

/** How long a look-up may take: on the way of a good order no longer than `quick`, before a refusal `patient`. */
export type Patience = 'quick' | 'patient';
export const patienceMs: Readonly<Record<Patience, number>> = { quick: 50, patient: 1_500 };

/**
 * Atomic claims and answers by command id, in Redis: a cache that spares work and gives exact replays. Never the
 * truth: without it the log still keeps one command of each id. Every call ends within its patience.
 */
export class Claims {
  readonly #redis: Redis & ClaimCommands;
  /** Fingerprints of the requests that this very process is at, by key: it knows of them without Redis. */
  readonly #running = new Map<string, string>();
  readonly #puts = new TurnBatch((puts: readonly Put[]) => this.#putAll(puts));
  readonly #renewals = new Renewals((claimed) => void this.#change(claimed, 'keep', leaseMs));
  readonly #nowMs: () => number;
  #lostAtMs = Number.NEGATIVE_INFINITY;

  /** `redis` must fail at once while it is away, and not wait for ever. */
  constructor(redis: Redis, nowMs: () => number) {
    redis.defineCommand('millraceClaim', { numberOfKeys: 1, lua: claimScript });
    redis.defineCommand('millraceChangeClaim', { numberOfKeys: 1, lua: changeScript });
    this.#redis = redis as Redis & ClaimCommands;
    this.#nowMs = nowMs;
  }

  /** When this process last sent a command to the log of which Redis knows nothing, epoch ms; −∞ = never. */
  get lostAtMs(): number {
    return this.#lostAtMs;
  }

  /** Counts the request among those this process is at; the fingerprint of another one with its command id, if there is one. */
  enter(claimed: Claimed): string | null {
    const running = this.#running.get(keyOf(claimed));
    if (running === undefined) this.#running.set(keyOf(claimed), claimed.fingerprint);
    return running ?? null;
  }

  /** The request that entered has its answer. */
  leave(claimed: Claimed): void {
    this.#running.delete(keyOf(claimed));
  }

  async claim(claimed: Claimed, patience: Patience): Promise<Claim> {
    const asking = { isGivenUp: false };
    const held = await orAway(patience, () => this.#take(claimed, asking));
    if (held === null) {
      asking.isGivenUp = true;
      return { is: 'away' };
    }
    if (typeof held === 'number') return { is: 'ours', unknownSinceMs: held < 0 ? null : held };
    const entry = JSON.parse(held) as Entry;
    return entry.is === 'done' ? entry : { is: 'running', fingerprint: entry.fingerprint };
  }

  /** What the script gives; it need not be asked where there is no entry, or one that is done. */
  async #take(claimed: Claimed, asking: { readonly isGivenUp: boolean }): Promise<string | number> {
    const { fingerprint, token } = claimed;
    const key = keyOf(claimed);
    const held = await this.#put({ key, entry: { is: 'running', fingerprint, token }, ifNone: true });
    if (held === null) return -1;
    if ((JSON.parse(held) as Entry).is === 'done') return held;
    if (asking.isGivenUp) throw new TooSlow('nobody waits for the claim any more'); // who would free it?
    return this.#redis.millraceClaim(key, fingerprint, token, leaseMs, keptMs);
  }

  /** The command is in the log: keeps its answer for replays. */
  async finish({ fingerprint, ...claimed }: Claimed, claim: Claim, answer: StoredAnswer): Promise<void> {
    const done: Entry = { is: 'done', fingerprint, answer };
    const kept = await orAway('quick', () => this.#put({ key: keyOf(claimed), entry: done, ifNone: false }));
    if (kept === null && claim.is === 'away') this.#lostAtMs = this.#nowMs();
  }

  /** The request still waits, for a view or for the log: its claim is renewed until the caller calls what it gets. */
  hold(claimed: Claimed): () => void {
    return this.#renewals.hold(claimed);
  }

  /** This attempt did nothing: the key is as it was before it. */
  async release(claimed: Claimed, claim: Claim): Promise<void> {
    const unknownSinceMs = claim.is === 'ours' ? claim.unknownSinceMs : null;
    await this.#change(claimed, unknownSinceMs === null ? 'free' : String(unknownSinceMs), 0);
  }

  /** It is not known whether the command is in the log: only the same request may go on. */
  async leaveUnknown(claimed: Claimed, claim: Claim): Promise<void> {
    await this.#change(claimed, 'keep', 0);
    if (claim.is === 'away') this.#lostAtMs = this.#nowMs();
  }

  async #put(put: Put): Promise<string | null> {
    const [error, reply] = await this.#puts.ask(put);
    if (error) throw error;
    return reply;
  }

  async #putAll(puts: readonly Put[]): Promise<readonly [error: Error | null, reply: string | null][]> {
    const pipeline = this.#redis.pipeline();
    for (const { key, entry, ifNone } of puts) {
      const text = JSON.stringify(entry);
      if (ifNone) pipeline.set(key, text, 'PX', keptMs, 'NX', 'GET');
      else pipeline.set(key, text, 'PX', keptMs);
    }
    return ((await pipeline.exec()) ?? []) as [error: Error | null, reply: string | null][];
  }

  async #change(claimed: Claimed, since: string, heldMs: number): Promise<void> {
    await orAway('quick', () =>
      this.#redis.millraceChangeClaim(keyOf(claimed), claimed.token, since, heldMs, keptMs),
    );
  }
}

/** What Redis answers, or null: it is away, full or too slow, and the log decides without it. */
async function orAway<T>(patience: Patience, ask: () => Promise<T>): Promise<T | null> {
  try {
    return await within(patienceMs[patience], ask());
  } catch {
    return null;
  }
}

const keyOf = ({ store, commandId }: Pick<Claimed, 'store' | 'commandId'>): string =>
  idempotencyKey(store, commandId);
