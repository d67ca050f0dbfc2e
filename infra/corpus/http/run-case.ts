import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { parseIdempotencyKey } from '../../../api/http/idempotency-key.ts';
import { orderIdOf } from '../../../schemas/ids.ts';
import { judgeAggregate } from './aggregate.ts';
import { askApi } from './ask-api.ts';
import { type Conditions, readNeeds } from './conditions.ts';
import type { ConditionedApi, CorpusPlace } from './corpus-place.ts';
import type { Exchanged, Received } from './exchange.ts';
import { fixtureNames, type Placeholders } from './fill.ts';
import type { Fixtures } from './fixtures.ts';
import type { HttpCase, RawRequest } from './http-case.ts';
import {
  allowedStatuses,
  differencesOf,
  type Got,
  isAlsoAllowed,
  problemTypeOf,
  statusOf,
} from './judge-answer.ts';
import { outcomeOf, readOrder, timesPlaced } from './orders-there.ts';
import { runProviderReply } from './provider-reply.ts';
import { type Sent, sendRequest } from './send-request.ts';

/** Runs a case and says what came of it. Throws CannotSetUp, and a RangeError on words it does not know. */
export async function runCase(of: HttpCase, place: CorpusPlace, fixtures: Fixtures): Promise<Got> {
  if (of.request.transport === 'provider-reply') {
    if (of.needs || of.before || of.repeat) throw new RangeError('a provider’s reply stands alone');
    return runProviderReply(of.request, of.expect);
  }
  return new CaseRun(of, place, fixtures).run();
}

const triesMax = 20;
const shedPauseMs = 500;

/** So long a case is told that Redis, which holds the claims, does not answer in time, ms: longer is no busy machine. */
const unclaimedForMsMax = 10_000;
/** What Redis that is away, or too slow, makes of a request (api/idempotency/submit-once.ts). */
const unclaimed = /cannot be told now whether this request was accepted before/;

const allows503 = (expected: HttpCase['expect']): boolean =>
  allowedStatuses(expected).includes(503) ||
  isAlsoAllowed(expected, 503) ||
  Boolean(expected.aggregate?.includes('503'));

/** The server sheds load in a case that is about something else. */
const isShed = ({ exchanged }: Sent, expected: HttpCase['expect']): boolean =>
  problemTypeOf(exchanged.answers[0]) === 'overloaded' && !allows503(expected);

/** The same of one that could not look for earlier requests in time, where no engine was touched and nothing came before. */
const isUnclaimed = ({ exchanged }: Sent, { expect, needs, before, repeat }: HttpCase): boolean =>
  problemTypeOf(exchanged.answers[0]) === 'unavailable' &&
  unclaimed.test(String(exchanged.answers[0]?.body)) &&
  !needs &&
  !before &&
  !repeat &&
  !allows503(expect);

const fixedNames = new Set(['host', 'idem', 'idem2', 'cmd', 'order.placed']);

class CaseRun {
  readonly #case: HttpCase;
  readonly #place: CorpusPlace;
  readonly #fixtures: Fixtures;
  readonly #differences: string[] = [];
  readonly #sent: Sent[] = [];
  readonly #undo: (() => Promise<void>)[] = [];
  readonly #own = { idem: randomUUID(), idem2: randomUUID(), cmd: randomUUID() };
  #values: ReadonlyMap<string, string> = new Map();
  #placed: string | null = null;

  constructor(of: HttpCase, place: CorpusPlace, fixtures: Fixtures) {
    this.#case = of;
    this.#place = place;
    this.#fixtures = fixtures;
  }

  async run(): Promise<Got> {
    const { needs = [], before = [], repeat, expect } = this.#case;
    const { first, afterFirst } = readNeeds(needs);
    if (Object.keys(afterFirst).length > 0 && before.length === 0)
      throw new RangeError('a need after the first request, but there is none before');
    const names = fixtureNames(JSON.stringify(this.#case));
    this.#values = await this.#fixtures.valuesOf(names);
    const unknown = [...names].filter(
      (name) => !fixedNames.has(name) && !name.startsWith('sig') && !this.#values.has(name),
    );
    if (unknown.length > 0) throw new RangeError(`the runner has no fixture ${unknown.join(', ')}`);
    await this.#place.rest(repeat?.count ?? 1);
    const api = await this.#place.under({ ...first, ...afterFirst });
    try {
      await this.#set(first, api);
      for (const [i, { request, expect: wanted }] of before.entries()) {
        const sent = await this.#send(api, request, wanted);
        const { answers } = sent.exchanged;
        this.#differ(`request ${i + 1} before: `, differencesOf(sent.exchanged, wanted, sent.method));
        this.#placed = orderIdIn(answers[0]) ?? this.#placed;
        if (i === 0) await this.#set(afterFirst, api);
      }
      if (repeat) await this.#repeat(api);
      else if (this.#case.request.transport === 'raw' && this.#case.request.raw.connections !== undefined)
        await this.#holdConnections(api, this.#case.request, this.#case.request.raw.connections);
      else await this.#once(api);
    } finally {
      await api.release();
      for (const undo of this.#undo) await undo();
    }
    if (expect.orders !== undefined) await this.#countOrders(expect.orders);
    await this.#checkRefunds(names);
    const last = this.#sent.at(-1)?.exchanged;
    return {
      status: last ? statusOf(last) : 0,
      problemType: problemTypeOf(last?.answers[0]),
      differences: this.#differences,
    };
  }

  #differ(where: string, differences: readonly string[]): void {
    for (const difference of differences) {
      const told = where + difference;
      if (!this.#differences.includes(told)) this.#differences.push(told);
    }
  }

  /** What a price or quota needs goes through the API and its log, the rest is the place's. */
  async #set(conditions: Conditions, api: ConditionedApi): Promise<void> {
    const { price, quotaUsedUpOf } = conditions;
    if (quotaUsedUpOf !== undefined)
      this.#undo.push(await this.#fixtures.useUpQuota(api.target, quotaUsedUpOf));
    if (price) this.#undo.push(await this.#fixtures.setPrice(api.target, price.sku, price.unitPriceMinor));
    await api.set(conditions);
  }

  #placeholders(api: ConditionedApi, own: Readonly<Record<string, string>>): Placeholders {
    return (name) => {
      if (name === 'host') return `${api.target.host}:${api.target.port}`;
      if (name === 'order.placed') return this.#placed ?? undefined;
      return own[name] ?? this.#values.get(name);
    };
  }

  async #send(
    api: ConditionedApi,
    request: HttpCase['request'],
    expected: HttpCase['expect'],
    own: Readonly<Record<string, string>> = this.#own,
    onSent?: () => void,
  ): Promise<Sent> {
    const { stores, config } = this.#place;
    const to = { stores, config, target: api.target };
    const once = (): Promise<Sent> =>
      sendRequest(to, request, this.#placeholders(api, own), expected, onSent);
    let sent = await once();
    // Whoever is told so by a busy machine sends it again, as any client does: nothing was done.
    const beganMs = performance.now();
    const isWorthwhile = (): boolean =>
      isShed(sent, expected) ||
      (isUnclaimed(sent, this.#case) && performance.now() - beganMs < unclaimedForMsMax);
    for (let tries = 1; tries < triesMax && isWorthwhile(); tries += 1) {
      await delay(shedPauseMs);
      sent = await once();
    }
    this.#sent.push(sent);
    return sent;
  }

  async #once(api: ConditionedApi): Promise<void> {
    const { request, expect } = this.#case;
    const { exchanged, method } = await this.#send(api, request, expect, this.#own, () =>
      api.letKafkaAnswer(),
    );
    this.#differ('', differencesOf(exchanged, expect, method));
    const [answer] = exchanged.answers;
    if (answer && isAlsoAllowed(expect, answer.status)) await this.#checkOutcome(answer);
  }

  /** An answer that a lagging view lets through: the log refuses what was asked. */
  async #checkOutcome({ body }: Received): Promise<void> {
    const { alsoAllowed } = this.#case.expect;
    if (typeof alsoAllowed !== 'object' || !('outcome' in alsoAllowed)) return;
    const { id = '', orderId = '' } = JSON.parse(body) as { readonly id?: string; readonly orderId?: string };
    const outcome = await outcomeOf(this.#place, orderId, id, this.#fixtures.keyOf('key.full') ?? '');
    if (outcome !== 'refused') this.#differ('', [`what was let through came to ${outcome}`]);
  }

  async #repeat(api: ConditionedApi): Promise<void> {
    const { request, repeat, expect, needs = [] } = this.#case;
    if (!repeat) return;
    const { count, concurrency, freshIdem, alternateBody } = repeat;
    const startedMs = performance.now();
    const results: Sent[] = [];
    let begun = 0;
    let gone = 0;
    // Under a limit of requests inside, those above it have their answers first: sent they have not arrived.
    const { inFlightMax } = readNeeds(needs).first;
    const mayAnswer = (): boolean =>
      inFlightMax === undefined
        ? gone >= Math.min(count, concurrency)
        : results.length >= count - inFlightMax;
    const onSent = (): void => {
      gone += 1;
      if (mayAnswer()) api.letKafkaAnswer();
    };
    const work = async (): Promise<void> => {
      while (begun < count) {
        const other = alternateBody !== undefined && begun % 2 === 1 ? { body: alternateBody } : {};
        begun += 1;
        const own = freshIdem ? { ...this.#own, idem: randomUUID(), idem2: randomUUID() } : this.#own;
        results.push(await this.#send(api, { ...request, ...other }, expect, own, onSent));
        if (mayAnswer()) api.letKafkaAnswer();
      }
    };
    await Promise.all(Array.from({ length: Math.min(count, concurrency) }, work));
    const elapsedMs = api.limitElapsedMs(startedMs);
    const named = await this.#judgeRepeats(results, elapsedMs, readNeeds(needs).first.ratePerSecond ?? null);
    const wanted = allowedStatuses(expect);
    const expected = results.filter(({ exchanged }) => wanted.includes(statusOf(exchanged)));
    if (expected.length === 0) this.#differ('', [`none of ${count} answers is ${wanted.join(' or ')}`]);
    for (const { exchanged, method } of results) {
      const isOther = named.has(statusOf(exchanged)) && !wanted.includes(statusOf(exchanged));
      if (!isOther) this.#differ('', differencesOf(exchanged, expect, method));
    }
    const ids = new Set(results.flatMap(({ exchanged }) => orderIdIn(exchanged.answers[0]) ?? []));
    if (!freshIdem && ids.size > 1) this.#differ('', [`one key made ${ids.size} orders`]);
  }

  async #judgeRepeats(
    results: readonly Sent[],
    limitElapsedMs: number,
    ratePerSecond: number | null,
  ): Promise<ReadonlySet<number>> {
    const { aggregate } = this.#case.expect;
    if (aggregate === undefined) return new Set();
    const key = this.#fixtures.keyOf('key.full') ?? '';
    const hasOrder = async (accepted: Received): Promise<boolean> =>
      (await timesPlaced(this.#place, orderIdIn(accepted) ?? '', key)) === 1;
    const exchanged = results.map((result) => result.exchanged);
    const judged = await judgeAggregate(aggregate, {
      results: exchanged,
      limitElapsedMs,
      ratePerSecond,
      hasOrder,
    });
    this.#differ('', judged.differences);
    return judged.named;
  }

  /** So many sockets at once; meanwhile a usual request is answered as it usually is. */
  async #holdConnections(api: ConditionedApi, request: RawRequest, connections: number): Promise<void> {
    const key = this.#fixtures.keyOf('key.full') ?? '';
    const usual = async (): Promise<number> => {
      const startedMs = performance.now();
      const { status } = await askApi(api.target, 'GET', '/v1/orders?limit=1', { key });
      if (status !== 200) this.#differ('', [`a usual request beside ${connections} sockets got ${status}`]);
      return performance.now() - startedMs;
    };
    const before: number[] = [];
    for (let i = 0; i < 20; i += 1) before.push(await usual());
    const allOpen = Promise.withResolvers<void>();
    let opened = 0;
    const onSent = (): void => {
      opened += 1;
      if (opened === connections) allOpen.resolve();
    };
    const { expect } = this.#case;
    const sockets = Array.from({ length: connections }, () =>
      this.#send(api, request, expect, this.#own, onSent),
    );
    await Promise.race([allOpen.promise, Promise.all(sockets)]);
    const limitMs = Math.max(2 * Math.max(...before), 1_000);
    const tookMs = await usual();
    if (tookMs > limitMs) this.#differ('', [`a usual request took ${Math.round(tookMs)} ms meanwhile`]);
    for (const { exchanged, method } of await Promise.all(sockets))
      this.#differ('', differencesOf(exchanged, expect, method));
  }

  /** How many orders the keys of this case have made, in either store. */
  async #countOrders(wanted: string | number): Promise<void> {
    const keys = new Set(this.#sent.flatMap(({ idempotencyKey }) => parsedKey(idempotencyKey)));
    let there = 0;
    for (const [store, key] of [
      [this.#place.stores.S1, this.#fixtures.keyOf('key.full') ?? ''],
      [this.#place.stores.S2, this.#fixtures.keyOf('key.otherStore') ?? ''],
    ] as const) {
      for (const idem of keys) there += await timesPlaced(this.#place, orderIdOf(store, idem), key);
    }
    const [, atMost, word = ''] = /^(at most )?(\w+)$/.exec(String(wanted)) ?? [];
    const count = numbers[word] ?? (/^\d+$/.test(word) ? Number(word) : null);
    if (count === null) throw new RangeError(`the runner does not know how many orders ${wanted} are`);
    if (atMost ? there > count : there !== count)
      this.#differ('', [`${there} orders are there, wanted ${wanted}`]);
  }

  /** Whatever was asked of a captured order: when all is decided, no more is given back than was captured. */
  async #checkRefunds(names: ReadonlySet<string>): Promise<void> {
    for (const name of ['order.confirmed', 'order.shipped']) {
      const orderId = this.#values.get(name);
      const ids = this.#sent.flatMap(({ exchanged }) => requestIdsOf(exchanged));
      if (!names.has(name) || orderId === undefined || ids.length === 0) continue;
      const key = this.#fixtures.keyOf('key.full') ?? '';
      for (const id of ids) await outcomeOf(this.#place, orderId, id, key);
      const { refunds, payment } = await readOrder(this.#place, orderId, key);
      const refunded = refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
      if (refunded > payment.capturedMinor)
        this.#differ('', [`${refunded} is given back of ${payment.capturedMinor}`]);
    }
  }
}

const numbers: Readonly<Record<string, number>> = { none: 0, zero: 0, one: 1, two: 2 };

/** An Idempotency-Key as the API reads it; none where it is not one. */
function parsedKey(text: string | null): readonly string[] {
  try {
    return text === null ? [] : [parseIdempotencyKey(text)];
  } catch {
    return []; // the API refuses it too: no order can have it
  }
}

function acceptedIn(answer: Received | undefined): { readonly id?: string; readonly orderId?: string } {
  if (answer?.status !== 202 && answer?.status !== 200) return {};
  try {
    return JSON.parse(answer.body) as { readonly id?: string; readonly orderId?: string };
  } catch {
    return {}; // an answer of another kind
  }
}

const orderIdIn = (answer: Received | undefined): string | null => acceptedIn(answer).orderId ?? null;

const requestIdsOf = ({ answers }: Exchanged): readonly string[] =>
  answers[0]?.status === 202 ? [acceptedIn(answers[0]).id ?? []].flat() : [];
