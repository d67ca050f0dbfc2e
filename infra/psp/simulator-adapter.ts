import http from 'node:http';
import https from 'node:https';
import { z } from 'zod';
import { type Call, exchange } from './http-exchange.ts';
import { toFacts } from './provider-facts.ts';
import { toJson, toOutcome } from './provider-replies.ts';
import type { Payout, PspAdapter, SettlementEntry } from './psp.ts';
import { bodyBytesMax } from './simulator/protocol.ts';
import { createSimulatorHints } from './simulator-hints.ts';
import { simulatorAbilities, toRequest } from './simulator-requests.ts';

export interface SimulatorAdapterSettings {
  readonly url: string;
  readonly secret: string;
  /** The live ones of webhooks; the same as of the calls if absent. */
  readonly webhookSecrets?: readonly string[];
  /** After this an operation is unknown. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs?: number;
  /** Connections at most; more calls than that wait for one within their time. */
  readonly connectionsMax?: number;
}

const lookUpTimeoutMs = 10_000;

/** The simulator provider as a Psp. A real provider's adapter keeps the same rules: payments §2, §3. */
export function createSimulatorAdapter(settings: SimulatorAdapterSettings): PspAdapter {
  const { Agent } = settings.url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: settings.connectionsMax ?? 64 });
  const base = { agent, connectTimeoutMs: settings.connectTimeoutMs ?? 3_000, replyBytesMax: bodyBytesMax };
  const authorization = `Bearer ${settings.secret}`;
  const secrets = settings.webhookSecrets ?? [settings.secret];
  const get = (path: string) =>
    exchange({
      ...base,
      method: 'GET',
      url: new URL(`${settings.url}${path}`),
      headers: { authorization },
      timeoutMs: lookUpTimeoutMs,
    });
  /** The lines of a file as the simulator writes them, page by page. */
  async function* fileLines(store: string, day: string): AsyncGenerator<FileLine> {
    for (let after = 0, more = true; more; ) {
      const query = new URLSearchParams({ store, day, after: String(after) });
      const page = read(settlementPage, await get(`/settlements?${query}`), `settlement file of ${day}`);
      yield* page.data;
      after += page.data.length;
      more = page.has_more && page.data.length > 0;
    }
  }
  return {
    can: simulatorAbilities,
    async run(op, stop) {
      const call: Call = {
        ...base,
        method: 'POST',
        url: new URL(`${settings.url}/operations`),
        headers: { authorization, 'idempotency-key': op.key, 'content-type': 'application/json' },
        timeoutMs: settings.timeoutMs,
        stop,
      };
      const body = toRequest(op);
      if (!body) return { is: 'not-executed', code: 'no-reference', again: false, alarm: 'our-bug' };
      return toOutcome(op, await exchange({ ...call, body }));
    },
    async lookUp({ opId, pspRef }) {
      const query = new URLSearchParams(pspRef === undefined ? { opId } : { id: pspRef });
      return toFacts(await get(`/objects?${query}`));
    },
    ...createSimulatorHints({ secrets, nowMs: () => Date.now() }),
    async *settlements(store, day) {
      for await (const line of fileLines(store, day)) yield toEntry(line);
    },
    async *payouts(store, day) {
      const query = new URLSearchParams({ store, day });
      const { data } = read(payoutList, await get(`/payouts?${query}`), `payouts of ${day}`);
      const parts = new Map<string, Payout['lines'][number][]>(data.map(({ id }) => [id, []]));
      if (data.length > 0) {
        for await (const { id, net, payout } of fileLines(store, day))
          parts.get(payout ?? '')?.push({ lineId: id, netMinor: net });
      }
      for (const { id, day: madeOn, amount, currency } of data) {
        const lines = parts.get(id) ?? [];
        yield { payoutId: id, day: madeOn, amount: { minor: amount, currency }, lines };
      }
    },
    // it pays a day when that day is over
    payoutWithinDays: 2,
    close: () => Promise.resolve(agent.destroy()),
  };
}

type Exchanged = Awaited<ReturnType<typeof exchange>>;

/** What a 200 holds. Throws, naming `what`, for everything else. */
function read<T>(schema: z.ZodType<T>, result: Exchanged, what: string): T {
  const { data } = schema.safeParse(
    result.is === 'reply' && result.status === 200 ? toJson(result) : undefined,
  );
  if (data === undefined) {
    const told = result.is === 'reply' ? `HTTP ${result.status}` : result.is;
    throw new Error(`the provider gave no ${what}: ${told}`);
  }
  return data;
}

const settlementLine = z.object({
  id: z.string().min(1),
  day: z.string(),
  type: z.enum(['charge', 'refund', 'dispute', 'adjustment']),
  payment_intent: z.string(),
  gross: z.int(),
  fee: z.int(),
  net: z.int(),
  currency: z.string(),
  payout: z.string().nullable(),
  metadata: z.object({ opId: z.string().optional(), orderId: z.string().optional() }),
});

type FileLine = z.output<typeof settlementLine>;

const settlementPage = z.object({ data: z.array(settlementLine), has_more: z.boolean() });

const payoutList = z.object({
  data: z.array(z.object({ id: z.string().min(1), day: z.string(), amount: z.int(), currency: z.string() })),
});

function toEntry(line: FileLine): SettlementEntry {
  const { opId, orderId } = line.metadata;
  return {
    lineId: line.id,
    day: line.day,
    kind: line.type,
    pspRef: line.payment_intent,
    ...(opId === undefined ? {} : { opId }),
    ...(orderId === undefined ? {} : { orderId }),
    gross: { minor: line.gross, currency: line.currency },
    feeMinor: line.fee,
    netMinor: line.net,
  };
}
