import { assertNever } from '../../../schemas/assert-never.ts';
import { eventsBetween, type ProviderEvent } from './provider-event.ts';
import { applyChange, asOf, type Change, type PaymentRecord } from './payment-record.ts';
import type { LedgerPayment } from './protocol.ts';
import { renderWhole } from './render-object.ts';
import { behaviourOf, type LookUpFault } from './token-behaviours.ts';

/** A look-up's answer. */
export interface Shown {
  readonly status: number;
  /** JSON. */
  readonly text: string;
}

/** Every payment of the provider, by id and by each operation on it; what falls due happens when it is next looked at. */
export interface PaymentBook {
  put(record: PaymentRecord, opId: string, atMs: number): void;
  change(record: PaymentRecord, change: Change, nowMs: number): void;
  byId(id: string, nowMs: number): PaymentRecord | undefined;
  /** By its id or by that of an operation on it. */
  find(idOrOpId: string, nowMs: number): PaymentRecord | undefined;
  /** Empty if there is no such payment. */
  tokenOf(id: string): string;
  /** `{data: [payment]}` or an empty list, with the faults of the payment's token. */
  lookUp(query: { readonly id?: string; readonly opId?: string }, nowMs: number): Shown;
  list(nowMs: number): readonly LedgerPayment[];
  records(nowMs: number): readonly PaymentRecord[];
  /** Has happen what fell due. */
  sweep(nowMs: number): void;
  /** Called for each event from now on. */
  onEvent(listener: (event: ProviderEvent) => void): void;
}

/** Look-ups a fault of a token lasts. */
const faultyLookUps = 2;

export function createPaymentBook(seed: number): PaymentBook {
  const records = new Map<string, PaymentRecord>();
  const idByOpId = new Map<string, string>();
  /** Those with something due later than the lapse of their authorization. */
  const waiting = new Set<string>();
  /** How a payment of a stale token stood before its newest change; null: it was not there. */
  const before = new Map<string, PaymentRecord | null>();
  const lookedUp = new Map<string, number>();
  let listener: ((event: ProviderEvent) => void) | null = null;

  const store = (record: PaymentRecord, atMs: number): void => {
    const old = records.get(record.id) ?? null;
    if (behaviourOf(record.token).lookUp === 'stale') before.set(record.id, old);
    records.set(record.id, record);
    if (record.later.length > 0) waiting.add(record.id);
    else waiting.delete(record.id);
    if (listener) for (const event of eventsBetween(seed, old, record, atMs)) listener(event);
  };

  const current = (id: string, nowMs: number): PaymentRecord | undefined => {
    const record = records.get(id);
    if (!record || record.later.length === 0) return record;
    const now = asOf(record, nowMs);
    if (now !== record) store(now, nowMs);
    return now;
  };

  const find = (idOrOpId: string, nowMs: number): PaymentRecord | undefined =>
    current(idByOpId.get(idOrOpId) ?? idOrOpId, nowMs);

  const sweep = (nowMs: number): void => {
    for (const id of waiting) current(id, nowMs);
  };

  /** The fault of this look-up, while its token has any left. */
  const faultOf = ({ id, token, captured }: PaymentRecord): LookUpFault | null => {
    const { lookUp } = behaviourOf(token);
    if (!lookUp || (lookUp === 'contradicting' && captured === 0)) return null;
    const n = lookedUp.get(id) ?? 0;
    if (n >= faultyLookUps) return null;
    lookedUp.set(id, n + 1);
    return lookUp;
  };

  return {
    put(record, opId, atMs) {
      idByOpId.set(opId, record.id);
      store(record, atMs);
    },
    change: (record, change, nowMs) => store(applyChange(record, change, nowMs), nowMs),
    byId: current,
    find,
    tokenOf: (id) => records.get(id)?.token ?? '',
    lookUp({ id, opId = '' }, nowMs) {
      const record = id === undefined ? find(opId, nowMs) : current(id, nowMs);
      if (!record) return shown();
      const fault = faultOf(record);
      switch (fault) {
        case 'unavailable':
          return { status: 503, text: JSON.stringify({ error: { type: 'api_error', code: 'unavailable' } }) };
        case 'stale':
          return shown(before.get(record.id) ?? undefined);
        case 'contradicting':
          return shown({ ...record, status: 'requires_capture', captured: 0 });
        case null:
          return shown(record);
        default:
          return assertNever(fault);
      }
    },
    list(nowMs) {
      sweep(nowMs);
      return [...records.values()].map(
        ({ id, opId, orderId, store: of, currency, amount, captured, status, refunds, disputes }) => ({
          id,
          opId,
          orderId,
          store: of,
          currency,
          amount,
          captured,
          status,
          refunds,
          disputes,
        }),
      );
    },
    records(nowMs) {
      sweep(nowMs);
      return [...records.values()];
    },
    sweep,
    onEvent: (called) => void (listener = called),
  };
}

const shown = (record?: PaymentRecord): Shown => ({
  status: 200,
  text: JSON.stringify({ object: 'list', data: record ? [renderWhole(record)] : [] }),
});
