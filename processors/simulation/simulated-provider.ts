import { operationsOf } from '../../infra/audit/read-provider.ts';
import type { ProviderOperation } from '../../infra/audit/recording.ts';
import type { Exchange } from '../../infra/psp/http-exchange.ts';
import { toFacts } from '../../infra/psp/provider-facts.ts';
import { toOutcome } from '../../infra/psp/provider-replies.ts';
import type { Psp } from '../../infra/psp/psp.ts';
import type { Control } from '../../infra/psp/simulator/control.ts';
import type { ProviderEvent } from '../../infra/psp/simulator/provider-event.ts';
import { bodyBytesMax } from '../../infra/psp/simulator/protocol.ts';
import { createProvider, type Provider } from '../../infra/psp/simulator/provider.ts';
import { type WireEnd, shapeReply } from '../../infra/psp/simulator/shape-reply.ts';
import { simulatorAbilities, toRequest } from '../../infra/psp/simulator-requests.ts';
import { assertNever } from '../../schemas/assert-never.ts';
import type { Link } from './link.ts';
import type { Scheduler } from './scheduler.ts';

/** How the provider behaves; shares are 0 to 1, and all of them 0 is calm. */
export interface ProviderFaults {
  /** Replies that are none, by the list below. */
  odd: number;
  /** An operation takes up to this long, ms, and its key is in use meanwhile. */
  workMs: number;
}

/** Name, whether the operation is executed, and what is said of the true reply. */
type OddReply = readonly [string, 'executed' | 'not executed', (status: number, text: string) => Exchange];

/** What may stand in the place of a reply, before the operation is executed or after it. */
const oddReplies = [
  ['500 before', 'not executed', () => error(500, 'api', 'oops')],
  ['500 after', 'executed', () => error(500, 'api', 'oops')],
  ['424', 'not executed', () => error(424, 'api', 'dependency')],
  ['429', 'not executed', () => error(429, 'rate', 'rate_limited', { 'retry-after': '1' })],
  ['401', 'not executed', () => error(401, 'authentication', 'unauthorized')],
  ['html', 'executed', () => reply(200, '<html>fine</html>', { 'content-type': 'text/html' })],
  ['half a reply', 'executed', (status, text) => reply(status, text.slice(0, text.length >> 1))],
  [
    'wrong amount',
    'executed',
    changed(({ amount, amount_received = 0 }) => ({
      amount: amount + 1,
      amount_received: amount_received + 1,
    })),
  ],
  ['wrong currency', 'executed', changed(() => ({ currency: 'XXX' }))],
  [
    'wrong reference',
    'executed',
    changed(() => ({ id: 'pi_of_another', metadata: { opId: 'x', orderId: 'x' } })),
  ],
  ['unknown status', 'executed', changed(() => ({ status: 'dreaming' }))],
] as const satisfies readonly OddReply[];

export const oddReplyNames = oddReplies.map(([name]) => `provider ${name}` as const);

/** A caller waits no longer for a reply: MILLRACE_PSP_TIMEOUT_MS. */
const silenceMs = 20_000;

/** The link to the provider gives up with this. */
export class ExchangeLost extends Error {
  override readonly name = 'ExchangeLost';
  readonly why: 'timeout' | 'reset';
  constructor(why: 'timeout' | 'reset') {
    super(why);
    this.why = why;
  }
}

/** The provider of a simulated world: the very books of the local provider, behind replies that may be none. */
export class ProviderModel {
  isAway = false;
  /** Changed while the world runs: storms, healing. */
  readonly faults: ProviderFaults;
  private readonly scheduler: Scheduler;
  private readonly books: Provider;
  private readonly inUse = new Set<string>();

  constructor(scheduler: Scheduler, faults: ProviderFaults, keyTtlMs = Number.POSITIVE_INFINITY) {
    this.scheduler = scheduler;
    this.faults = faults;
    this.books = createProvider({ seed: 1, keyTtlMs });
  }

  /** One POST of an operation. */
  receive(key: string, bytes: Buffer): Exchange | Promise<Exchange> {
    const { draws } = this.scheduler;
    if (this.isAway) {
      this.reach('away');
      return { is: 'not-sent', code: 'ECONNREFUSED' };
    }
    if (this.books.isAway(this.scheduler.nowMs())) return error(503, 'api_error', 'unavailable');
    if (this.inUse.has(key)) {
      this.reach('key in use');
      return error(409, 'idempotency_error', 'key_in_use');
    }
    const odd = draws.faults.chance(this.faults.odd)
      ? oddReplies[draws.faults.below(oddReplies.length)]
      : undefined;
    if (odd) this.reach(odd[0]);
    const workMs = draws.network.below(this.faults.workMs + 1);
    if (workMs === 0) return this.perform(key, bytes, odd);
    this.inUse.add(key);
    return new Promise((resolve) => {
      this.scheduler.after(workMs, () => {
        this.inUse.delete(key);
        resolve(this.perform(key, bytes, odd));
      });
    });
  }

  /** One GET of an object. */
  list({ opId, pspRef }: Parameters<Psp['lookUp']>[0]): Exchange {
    if (this.isAway) return { is: 'not-sent', code: 'ECONNREFUSED' };
    if (this.books.isAway(this.scheduler.nowMs())) return error(503, 'api_error', 'unavailable');
    const asked = pspRef === undefined ? { opId } : { id: pspRef };
    const { status, text } = this.books.book.lookUp(asked, this.books.nowMs(this.scheduler.nowMs()));
    return reply(status, text);
  }

  /** Tells each event from now on, as a webhook would. */
  onEvent(listener: (event: ProviderEvent) => void): void {
    this.books.book.onEvent(listener);
  }

  /** Does to the provider what a test or a drill wants; its clock is this world's, and what a control adds. */
  control(control: Control): void {
    const problem = this.books.control(control, this.scheduler.nowMs());
    if (problem !== null) throw new Error(problem);
  }

  /** Its ledger, for the auditor. */
  operations(): readonly ProviderOperation[] {
    return operationsOf(this.books.dump(this.scheduler.nowMs()));
  }

  private perform(key: string, bytes: Buffer, odd: OddReply | undefined): Exchange | Promise<Exchange> {
    if (odd?.[1] === 'not executed') return odd[2](0, '');
    const delivery = this.books.receive(key, bytes, this.scheduler.nowMs());
    return odd ? odd[2](delivery.status, delivery.reply) : this.arrive(shapeReply(delivery));
  }

  /** How a reply of the real simulator reaches a caller of this world: its token may lose, bend or delay it. */
  private arrive(end: WireEnd): Exchange | Promise<Exchange> {
    const after = (delayMs: number, exchange: Exchange): Promise<Exchange> =>
      new Promise((resolve) => void this.scheduler.after(delayMs, () => resolve(exchange)));
    switch (end.is) {
      case 'silence':
        return after(silenceMs, { is: 'lost', why: 'timeout' });
      case 'reset':
      case 'half':
        this.reach('lost reply');
        return { is: 'lost', why: 'reset' };
      case 'reply': {
        const { status, headers, text } = end.reply;
        if (text.length > bodyBytesMax) return { is: 'lost', why: 'too-large' };
        const answered = reply(status, text, headers);
        return end.delayMs === 0 ? answered : after(end.delayMs, answered);
      }
      default:
        return assertNever(end);
    }
  }

  private reach(what: (typeof oddReplies)[number][0] | 'key in use' | 'away' | 'lost reply'): void {
    this.scheduler.reached.reach(`provider ${what}`);
    this.scheduler.note(() => `the provider: ${what}`);
  }
}

/** The provider as a process reaches it: the adapter's core, with the link in the place of its sockets. */
export function createSimulatedPsp(scheduler: Scheduler, link: Link, provider: ProviderModel): Psp {
  const stopped = createStopped();
  const exchange = async (act: () => Exchange | Promise<Exchange>, stop?: AbortSignal): Promise<Exchange> => {
    const answered = scheduler.request(link, act).catch((lost: unknown): Exchange => {
      if (lost instanceof ExchangeLost) return { is: 'lost', why: lost.why };
      throw lost;
    });
    return stop ? Promise.race([answered, stopped(stop)]) : answered;
  };
  return {
    can: simulatorAbilities,
    async run(op, stop) {
      const body = toRequest(op);
      if (!body) return { is: 'not-executed', code: 'no-reference', again: false, alarm: 'our-bug' };
      return toOutcome(op, await exchange(() => provider.receive(op.key, body), stop));
    },
    lookUp: async (query) => toFacts(await exchange(() => provider.list(query))),
    close: () => Promise.resolve(),
  };
}

/** One promise and listener for a signal, however many calls it may end: a signal walks its listeners to add another. */
function createStopped(): (stop: AbortSignal) => Promise<Exchange> {
  let watched: AbortSignal | null = null;
  let stopped: Promise<Exchange> | null = null;
  return (stop) => {
    if (stopped !== null && watched === stop) return stopped;
    watched = stop;
    stopped = new Promise((resolve) => {
      const end = (): void => resolve({ is: 'lost', why: 'stopped' });
      if (stop.aborted) end();
      else stop.addEventListener('abort', end, { once: true });
    });
    return stopped;
  };
}

function reply(status: number, text: string, headers = {}): Exchange {
  return {
    is: 'reply',
    status,
    headers: { 'content-type': 'application/json', ...headers },
    bytes: Buffer.from(text),
  };
}

function error(status: number, type: string, code: string, headers = {}): Exchange {
  return reply(status, JSON.stringify({ error: { type, code, message: code } }), headers);
}

interface Shown {
  readonly amount: number;
  readonly amount_received?: number;
}

/** The object of a reply with some fields changed; a refusal stays as it is. */
function changed(change: (object: Shown) => object): (status: number, text: string) => Exchange {
  return (status, text) => {
    if (status !== 200) return reply(status, text);
    const object = JSON.parse(text) as Shown;
    return reply(status, JSON.stringify({ ...object, ...change(object) }));
  };
}
