import http from 'node:http';
import https from 'node:https';
import { z } from 'zod';
import { type Call, exchange } from './http-exchange.ts';
import { toFacts } from './provider-facts.ts';
import { toJson, toOutcome } from './provider-replies.ts';
import type { PspAdapter, SettlementEntry } from './psp.ts';
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
      for (let after = 0, more = true; more; ) {
        const query = new URLSearchParams({ store, day, after: String(after) });
        const result = await get(`/settlements?${query}`);
        const { data: page } = settlementPage.safeParse(
          result.is === 'reply' && result.status === 200 ? toJson(result) : undefined,
        );
        if (!page) throw new Error(`the provider gave no settlement file of ${day}: ${told(result)}`);
        yield* page.data.map(toEntry);
        after += page.data.length;
        more = page.has_more && page.data.length > 0;
      }
    },
    close: () => Promise.resolve(agent.destroy()),
  };
}

const told = (result: Awaited<ReturnType<typeof exchange>>): string =>
  result.is === 'reply' ? `HTTP ${result.status}` : result.is;

const settlementLine = z.object({
  id: z.string().min(1),
  day: z.string(),
  type: z.enum(['charge', 'refund', 'dispute', 'adjustment']),
  payment_intent: z.string(),
  gross: z.int(),
  fee: z.int(),
  net: z.int(),
  currency: z.string(),
  metadata: z.object({ opId: z.string().optional(), orderId: z.string().optional() }),
});

const settlementPage = z.object({ data: z.array(settlementLine), has_more: z.boolean() });

function toEntry(line: z.output<typeof settlementLine>): SettlementEntry {
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
