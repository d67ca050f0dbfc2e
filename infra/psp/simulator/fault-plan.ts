import { hash } from 'node:crypto';
import { type CallFault, type CallFaultName, callFaults, isCallFault } from './call-faults.ts';
import type { OperationKind } from './protocol.ts';
import { isWebhookFault, type TokenBehaviour, type WebhookFault } from './token-behaviours.ts';

/** Shares from 0 to 1 of the calls and of the events that meet each fault. */
export interface FaultRates {
  readonly calls: readonly (readonly [CallFaultName, number])[];
  readonly webhooks: readonly (readonly [WebhookFault, number])[];
}

export const noFaults: FaultRates = { calls: [], webhooks: [] };

/** Reads `lost-reply:0.05,429:0.01,webhook-twice:0.1`. Throws, naming what is no fault, or if shares sum to more than 1. */
export function parseFaultRates(text: string): FaultRates {
  const calls: [CallFaultName, number][] = [];
  const webhooks: [WebhookFault, number][] = [];
  for (const part of text.split(',').filter((one) => one !== '')) {
    const [name = '', share = ''] = part.split(':');
    const webhook = name.startsWith('webhook-') ? name.slice('webhook-'.length) : '';
    if (!/^(0(\.\d+)?|1)$/.test(share)) throw new RangeError(`${part}: a share from 0 to 1 is needed`);
    if (isCallFault(name)) calls.push([name, Number(share)]);
    else if (isWebhookFault(webhook)) webhooks.push([webhook, Number(share)]);
    else throw new RangeError(`${name} is no fault of the simulator provider`);
  }
  for (const rates of [calls, webhooks])
    if (rates.reduce((sum, [, share]) => sum + share, 0) > 1)
      throw new RangeError('shares sum to more than 1');
  return { calls, webhooks };
}

/** A fault for the next calls that fit; what is not named fits all. */
export interface PlannedFault {
  readonly fault: CallFaultName;
  readonly times: number;
  readonly opId?: string;
  readonly orderId?: string;
  readonly kind?: OperationKind;
}

/** What is asked of the plan at each call. */
export interface CallAsked {
  readonly kind: OperationKind;
  readonly opId: string;
  readonly orderId: string;
}

/** Which fault a call meets: a planned one, else its token's, else by rate. Deterministic by seed, op and call. */
export interface FaultPlan {
  rates: FaultRates;
  plan(fault: PlannedFault): void;
  next(call: CallAsked, behaviour: TokenBehaviour): CallFault | null;
  /** By event, for deliveries of webhooks. */
  ofEvent(eventId: string, behaviour: TokenBehaviour): WebhookFault | null;
}

export function createFaultPlan(seed: number, rates: FaultRates): FaultPlan {
  const planned: (PlannedFault & { left: number })[] = [];
  /** Faults each op has met, by where they came from; ops without one stand in neither. */
  const met = { token: new Map<string, number>(), rate: new Map<string, number>() };

  const takePlanned = (call: CallAsked): CallFaultName | null => {
    const found = planned.find(
      ({ left, opId, orderId, kind }) =>
        left > 0 &&
        (opId ?? call.opId) === call.opId &&
        (orderId ?? call.orderId) === call.orderId &&
        (kind ?? call.kind) === call.kind,
    );
    if (!found) return null;
    found.left -= 1;
    return found.fault;
  };

  const takeOfToken = ({ kind, opId }: CallAsked, { calls }: TokenBehaviour): CallFaultName | null => {
    const faults = calls?.[kind];
    if (!faults) return null;
    const n = met.token.get(opId) ?? 0;
    if (n < faults.length) met.token.set(opId, n + 1);
    return faults[n] ?? null;
  };

  // no fault now means none later for this op: an op meets so many in a row, then none
  const takeByRate = ({ opId }: CallAsked): CallFaultName | null => {
    if (self.rates.calls.length === 0) return null;
    const n = met.rate.get(opId) ?? 0;
    const fault = pick(self.rates.calls, draw(seed, `call\0${opId}\0${n}`));
    if (fault) met.rate.set(opId, n + 1);
    return fault;
  };

  const self: FaultPlan = {
    rates,
    plan: (fault) => void planned.push({ ...fault, left: fault.times }),
    next(call, behaviour) {
      const name = takePlanned(call) ?? takeOfToken(call, behaviour) ?? takeByRate(call);
      return name && callFaults[name];
    },
    ofEvent: (eventId, { webhook }) =>
      webhook ??
      (self.rates.webhooks.length === 0
        ? null
        : pick(self.rates.webhooks, draw(seed, `webhook\0${eventId}`))),
  };
  return self;
}

/** In [0, 1). */
const draw = (seed: number, what: string): number =>
  hash('sha256', `${seed}\0${what}`, 'buffer').readUInt32BE(0) / 2 ** 32;

function pick<T extends string>(rates: readonly (readonly [T, number])[], drawn: number): T | null {
  let left = drawn;
  for (const [name, share] of rates) {
    if (left < share) return name;
    left -= share;
  }
  return null;
}
