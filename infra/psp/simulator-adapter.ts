import http from 'node:http';
import https from 'node:https';
import { type Call, exchange } from './http-exchange.ts';
import { providerAbilities, toFacts, toOutcome, toRequest } from './provider-replies.ts';
import type { Psp } from './psp.ts';
import { bodyBytesMax } from './simulator/protocol.ts';

export interface SimulatorAdapterSettings {
  readonly url: string;
  readonly secret: string;
  /** After this an operation is unknown. */
  readonly timeoutMs: number;
  readonly connectTimeoutMs?: number;
  /** Connections at most; more calls than that wait for one within their time. */
  readonly connectionsMax?: number;
}

const lookUpTimeoutMs = 10_000;

/** The simulator provider as a Psp. A real provider's adapter keeps the same rules: payments §2, §3. */
export function createSimulatorAdapter(settings: SimulatorAdapterSettings): Psp {
  const { Agent } = settings.url.startsWith('https:') ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: settings.connectionsMax ?? 64 });
  const base = { agent, connectTimeoutMs: settings.connectTimeoutMs ?? 3_000, replyBytesMax: bodyBytesMax };
  const authorization = `Bearer ${settings.secret}`;
  return {
    can: providerAbilities,
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
      if (!body) return { is: 'not-executed', code: 'unsupported', again: false };
      return toOutcome(op, await exchange({ ...call, body }));
    },
    async lookUp({ opId, pspRef }) {
      const query = new URLSearchParams(pspRef === undefined ? { opId } : { id: pspRef });
      const url = new URL(`${settings.url}/objects?${query}`);
      const result = await exchange({
        ...base,
        method: 'GET',
        url,
        headers: { authorization },
        timeoutMs: lookUpTimeoutMs,
      });
      return toFacts(result);
    },
    close: () => Promise.resolve(agent.destroy()),
  };
}
