import type { Redis } from 'ioredis';
import { quotaKey } from '../../schemas/redis-keys.ts';
import type { LimitState } from '../http/limit-headers.ts';
import { Problem } from '../http/problem.ts';
import { patienceMs } from './claims.ts';
import { within } from './soft-deadline.ts';

/** Whose command it is. */
export interface QuotaCaller {
  readonly store: string;
  readonly keyId: string;
}

/** Commands of one UTC day at most, as `stores.config.v1` has it; null: no quota. */
export interface QuotaSettings {
  readonly store: number | null;
  readonly key: number | null;
}

/** A command that has been counted. */
export interface QuotaTaken {
  /** It did not get into the log after all: the count is as it was. */
  giveBack(): Promise<void>;
}

/** A command that is under no quota, or was counted before. */
export const uncounted: QuotaTaken = { giveBack: () => Promise.resolve() };

interface Quota {
  readonly name: 'key-day' | 'store-day';
  readonly redisKey: string;
  readonly limit: number;
}

/** What this process knows of one quota today. */
interface Tally {
  /** Commands it has counted itself. */
  own: number;
  /** The count of all processes when it last heard of it, and its own since. */
  known: number;
}

const none: readonly never[] = [];
const dayMs = 86_400_000;
/** Command ids counted without Redis that are remembered; beyond them a retry counts again. */
const rememberedMax = 10_000;

/**
 * Counts a command under each of its quotas, or under none if one is used up. A count never falls below what the caller
 * has counted itself: an emptied Redis forgets nothing that an API process remembers.
 */
const takeScript = `#!lua
local counts = {}
local granted = 1
for i, key in ipairs(KEYS) do
  counts[i] = math.max(tonumber(redis.call('GET', key) or '0'), tonumber(ARGV[2 * i]))
  if counts[i] >= tonumber(ARGV[2 * i - 1]) then granted = 0 end
end
if granted == 1 then
  for i, key in ipairs(KEYS) do
    counts[i] = counts[i] + 1
    redis.call('SET', key, counts[i], 'PX', ARGV[#ARGV])
  end
end
return {granted, unpack(counts)}`;

interface QuotaCommands {
  millraceTakeQuota(keys: number, ...keysAndArguments: readonly (string | number)[]): Promise<number[]>;
}

/**
 * Daily quotas of stores and keys, counted in Redis for all API processes. A command counts once, however often it is
 * sent: `submitOnce` asks after it has looked for an earlier one. While Redis is away each process goes by what it
 * knows (decision 0038): nobody is refused because Redis is away, and nobody waits for it longer than for a claim.
 */
export class DailyQuotas {
  readonly #redis: Redis & QuotaCommands;
  readonly #settingsOf: (caller: QuotaCaller) => QuotaSettings;
  readonly #nowMs: () => number;
  readonly #waitMs: number;
  #day = '';
  /** Of today, by Redis key: bounded by the stores and keys that have a quota. */
  readonly #tallies = new Map<string, Tally>();
  readonly #remembered = new Set<string>();

  /** `redis` must fail at once while it is away; `waitMs`: it is away if it has not answered by then. */
  constructor(
    redis: Redis,
    settingsOf: (caller: QuotaCaller) => QuotaSettings,
    nowMs: () => number,
    waitMs = patienceMs.quick,
  ) {
    this.#waitMs = waitMs;
    redis.defineCommand('millraceTakeQuota', { lua: takeScript });
    this.#redis = redis as Redis & QuotaCommands;
    this.#settingsOf = settingsOf;
    this.#nowMs = nowMs;
  }

  /** Counts a new command. Throws `quota-exceeded` if a quota of its store or key is used up. */
  async take(caller: QuotaCaller, commandId: string): Promise<QuotaTaken> {
    const quotas = this.#quotasOf(caller);
    if (quotas.length === 0) return uncounted;
    const tallies = quotas.map(({ redisKey }) => this.#tallyOf(redisKey));
    const counts = await this.#askRedis(quotas, tallies);
    if (counts === null) return this.#takeAlone(quotas, tallies, commandId);
    const [granted, ...known] = counts;
    for (const [i, tally] of tallies.entries()) tally.known = known[i] ?? tally.known;
    if (granted !== 1) throw this.#exceeded(quotas, tallies);
    for (const tally of tallies) tally.own += 1;
    return { giveBack: () => this.#giveBack(quotas, tallies) };
  }

  /** The quotas of a caller and what is left of each as far as this process knows. */
  statesOf(caller: QuotaCaller): readonly LimitState[] {
    const quotas = this.#quotasOf(caller);
    if (quotas.length === 0) return none;
    return quotas.map(({ name, limit, redisKey }) => ({
      name,
      quota: limit,
      windowSeconds: dayMs / 1_000,
      remaining: Math.max(0, limit - this.#tallyOf(redisKey).known),
      resetSeconds: this.#secondsLeft(),
    }));
  }

  #quotasOf(caller: QuotaCaller): readonly Quota[] {
    const { store, key } = this.#settingsOf(caller);
    if (store === null && key === null) return none;
    const day = new Date(this.#nowMs()).toISOString().slice(0, 10);
    if (day !== this.#day) {
      this.#day = day;
      this.#tallies.clear();
      this.#remembered.clear();
    }
    const quotas: Quota[] = [];
    if (key !== null)
      quotas.push({ name: 'key-day', limit: key, redisKey: quotaKey(caller.store, day, caller.keyId) });
    if (store !== null)
      quotas.push({ name: 'store-day', limit: store, redisKey: quotaKey(caller.store, day, null) });
    return quotas;
  }

  #tallyOf(redisKey: string): Tally {
    const tally = this.#tallies.get(redisKey) ?? { own: 0, known: 0 };
    this.#tallies.set(redisKey, tally);
    return tally;
  }

  /** Whether it was granted (1), then the count of each quota; null: Redis is away, full or too slow. */
  async #askRedis(quotas: readonly Quota[], tallies: readonly Tally[]): Promise<readonly number[] | null> {
    try {
      const limits = quotas.flatMap(({ limit }, i) => [limit, tallies[i]?.own ?? 0]);
      const keys = quotas.map(({ redisKey }) => redisKey);
      const asked = this.#redis.millraceTakeQuota(keys.length, ...keys, ...limits, 2 * dayMs);
      return await within(this.#waitMs, asked);
    } catch {
      return null; // this process goes by what it knows
    }
  }

  /** Without Redis a retry cannot be told by its claim: the ids counted meanwhile are remembered here. */
  #takeAlone(quotas: readonly Quota[], tallies: readonly Tally[], commandId: string): QuotaTaken {
    if (this.#remembered.has(commandId)) return uncounted;
    if (quotas.some(({ limit }, i) => (tallies[i]?.known ?? 0) >= limit))
      throw this.#exceeded(quotas, tallies);
    for (const tally of tallies) {
      tally.own += 1;
      tally.known += 1;
    }
    if (this.#remembered.size < rememberedMax) this.#remembered.add(commandId);
    return {
      giveBack: async () => {
        this.#remembered.delete(commandId);
        this.#forget(tallies);
      },
    };
  }

  async #giveBack(quotas: readonly Quota[], tallies: readonly Tally[]): Promise<void> {
    this.#forget(tallies);
    try {
      const given = Promise.all(quotas.map(({ redisKey }) => this.#redis.decr(redisKey)));
      await within(this.#waitMs, given);
    } catch {
      // Redis is away: the quota is one command smaller today
    }
  }

  #forget(tallies: readonly Tally[]): void {
    for (const tally of tallies) {
      tally.own -= 1;
      tally.known -= 1;
    }
  }

  #exceeded(quotas: readonly Quota[], tallies: readonly Tally[]): Problem {
    const full = quotas.find(({ limit }, i) => (tallies[i]?.known ?? 0) >= limit) ?? quotas[0];
    const whose = full?.name === 'store-day' ? 'store' : 'key';
    return new Problem('quota-exceeded', {
      detail: `This ${whose} may send ${full?.limit} commands a day (UTC). Nothing was done: send it again after Retry-After seconds.`,
      retryAfterSeconds: this.#secondsLeft(),
    });
  }

  /** Until the next UTC day. */
  #secondsLeft(): number {
    return Math.ceil((dayMs - (this.#nowMs() % dayMs)) / 1_000);
  }
}
