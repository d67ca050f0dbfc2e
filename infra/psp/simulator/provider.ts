import { hash } from 'node:crypto';
import { assertNever } from '../../../schemas/assert-never.ts';
import { type CallFault, type FaultyReply } from './call-faults.ts';
import type { Control } from './control.ts';
import { changeOf } from './control-change.ts';
import { createFaultPlan, type FaultPlan, type FaultRates, noFaults, parseFaultRates } from './fault-plan.ts';
import { idOf, invalid, judgeAuthorize, judgeLater, type Refusal } from './judge-operation.ts';
import { createPaymentBook, type PaymentBook } from './payment-book.ts';
import type { PaymentRecord } from './payment-record.ts';
import {
  type LedgerDump,
  type LedgerOperation,
  type OperationRequest,
  operationRequest,
} from './protocol.ts';
import { renderPayment, renderRefund } from './render-object.ts';
import { behaviourOf, type SettlementFault } from './token-behaviours.ts';

/** A line of the ledger: a judged operation and the payment after it. */
export interface OperationLine extends LedgerOperation {
  /** The very text it was answered with; absent where it is that payment, or its refund, rendered. */
  readonly reply?: string;
  readonly after: PaymentRecord | null;
  /** Its key was forgotten at once. */
  readonly forgotten?: true;
}

/** A control, by the wall's clock. */
export interface ControlLine {
  readonly control: Control;
  readonly atMs: number;
}

/** Events that were delivered. */
export interface DeliveredLine {
  readonly delivered: readonly string[];
}

export type LedgerLine = OperationLine | ControlLine | DeliveredLine;

export interface Answer {
  readonly status: number;
  /** JSON. */
  readonly reply: string;
  /** To be made durable before the answer leaves; null where nothing was executed. */
  readonly line: OperationLine | null;
  /** The first answer to this key again. */
  readonly replayed: boolean;
}

/** An answer and how it reaches the caller, or does not. */
export interface Delivery extends Answer {
  readonly how: FaultyReply | null;
}

export interface ProviderSettings {
  readonly seed: number;
  /** This long after its first answer a key is forgotten, and runs afresh. */
  readonly keyTtlMs?: number;
  /** False: a key keeps a success alone. */
  readonly keepsErrors?: boolean;
  readonly rates?: FaultRates;
}

/** The provider's books. Synchronous and deterministic by seed: the same operations get the same references. */
export interface Provider {
  readonly book: PaymentBook;
  readonly faults: FaultPlan;
  /** Faults planted in settlement files, by payment; beside those of its token. */
  readonly plants: ReadonlyMap<string, SettlementFault>;
  /** The provider's clock at this time of the wall's. */
  nowMs(wallMs: number): number;
  /** Executes an operation, or repeats the first answer to its key. Nothing is kept of a request that is not valid. */
  execute(key: string, bytes: Uint8Array, wallMs: number): Answer;
  /** The same with the faults of its plan. */
  receive(key: string, bytes: Uint8Array, wallMs: number): Delivery;
  /** Takes a control. Returns what is wrong with it, or null. */
  control(control: Control, wallMs: number): string | null;
  isAway(wallMs: number): boolean;
  /** Takes a line written before. Throws if it is of an earlier form. */
  restore(line: OperationLine | ControlLine): void;
  dump(wallMs: number): LedgerDump;
}

export function createProvider(settings: ProviderSettings): Provider {
  const { seed, keyTtlMs = Number.POSITIVE_INFINITY, keepsErrors = true } = settings;
  const operations: LedgerOperation[] = [];
  const byKey = new Map<
    string,
    Pick<LedgerOperation, 'sha256' | 'status' | 'atMs'> & { readonly reply: string }
  >();
  const conflicts: { key: string; sha256: string }[] = [];
  const book = createPaymentBook(seed);
  const faults = createFaultPlan(seed, settings.rates ?? noFaults);
  const plants = new Map<string, SettlementFault>();
  let aheadMs = 0;
  let awayUntilMs = 0;

  const take = (line: OperationLine, reply: string): void => {
    const { reply: _reply, after, forgotten, ...operation } = line;
    const { key, sha256, status, atMs, opId } = operation;
    operations.push(operation);
    if (forgotten) byKey.delete(key);
    else if (status < 400 || keepsErrors) byKey.set(key, { sha256, status, reply, atMs });
    if (after) book.put(after, opId, atMs);
  };

  const judge = (key: string, request: OperationRequest, nowMs: number): PaymentRecord | Refusal => {
    if (request.kind === 'authorize') return judgeAuthorize(idOf('pi', seed, key), request, nowMs);
    const record = book.byId(request.authorization ?? '', nowMs);
    return record
      ? judgeLater(record, key, seed, request, nowMs)
      : invalid(404, 'resource_missing', 'There is no such payment.');
  };

  const run = (
    key: string,
    sha256: string,
    request: OperationRequest,
    nowMs: number,
    fault: CallFault | null,
  ) => {
    const result: PaymentRecord | Refusal =
      fault?.executes === false ? errorOf(fault) : judge(key, request, nowMs);
    const refused = 'refused' in result;
    if (refused && !result.isKept) return toAnswer(result);
    const answered = fault?.isKept && fault.executes ? errorOf(fault) : result;
    const isError = 'refused' in answered;
    const after = refused ? (result.after ?? null) : result;
    const line: OperationLine = {
      key,
      sha256,
      kind: request.kind,
      ...request.metadata,
      amount: request.amount,
      currency: request.currency,
      status: isError ? answered.status : 200,
      done: !refused,
      object: refused ? null : result.id,
      atMs: nowMs,
      ...(isError ? { reply: JSON.stringify(answered.refused) } : {}),
      after,
      ...(fault?.isForgotten ? { forgotten: true } : {}),
    };
    const reply = line.reply ?? renderAnswer(line);
    take(line, reply);
    return { status: line.status, reply, line, replayed: false };
  };

  const answer = (
    key: string,
    bytes: Uint8Array,
    nowMs: number,
    faultOf: (request: OperationRequest) => CallFault | null,
  ): Delivery => {
    const sha256 = hash('sha256', bytes);
    const kept = byKey.get(key);
    const isKept = kept !== undefined && nowMs - kept.atMs < keyTtlMs;
    if (isKept && kept.sha256 !== sha256) {
      conflicts.push({ key, sha256 });
      return { ...toAnswer(reused), how: null };
    }
    const request = readRequest(bytes);
    if ('refused' in request) return { ...toAnswer(request), how: null };
    const fault = faultOf(request);
    const how = fault?.reply ?? null;
    if (fault && !fault.executes && !fault.isKept) return { ...nothing, how };
    if (isKept) return { status: kept.status, reply: kept.reply, line: null, replayed: true, how };
    return { ...run(key, sha256, request, nowMs, fault), how };
  };

  const change = (order: Control, wallMs: number): string | null => {
    const nowMs = wallMs + aheadMs;
    switch (order.do) {
      case 'advance-clock':
        aheadMs += order.ms;
        return null;
      case 'outage':
        awayUntilMs = nowMs + order.ms;
        return null;
      case 'plan-fault': {
        const { fault, times, opId, orderId, kind } = order;
        faults.plan({ fault, times, ...defined({ opId, orderId, kind }) });
        return null;
      }
      case 'set-rates':
        return attempt(() => void (faults.rates = parseFaultRates(order.rates)));
      case 'forget-keys':
        byKey.clear();
        return null;
      case 'change-payment':
      case 'end-refund':
      case 'dispute':
      case 'plant-settlement':
        return changePayment(order, nowMs);
      default:
        return assertNever(order);
    }
  };

  const changePayment = (
    order: Extract<Control, { readonly payment: string }>,
    nowMs: number,
  ): string | null => {
    const record = book.find(order.payment, nowMs);
    if (!record) return `there is no payment ${order.payment}`;
    if (order.do === 'plant-settlement') {
      plants.set(record.id, order.fault);
      return null;
    }
    const changed = changeOf(record, order);
    if (typeof changed === 'string') return changed;
    book.change(record, changed, nowMs);
    return null;
  };

  return {
    book,
    faults,
    plants,
    nowMs: (wallMs) => wallMs + aheadMs,
    execute: (key, bytes, wallMs) => answer(key, bytes, wallMs + aheadMs, () => null),
    receive: (key, bytes, wallMs) =>
      answer(key, bytes, wallMs + aheadMs, ({ kind, method, authorization, metadata }) => {
        const token = method ?? book.tokenOf(authorization ?? '');
        return faults.next({ kind, ...metadata }, behaviourOf(token));
      }),
    control: change,
    isAway: (wallMs) => wallMs + aheadMs < awayUntilMs,
    restore(line) {
      if ('control' in line) change(line.control, line.atMs);
      else if (line.after === undefined)
        throw new Error('the ledger is of an earlier form: remove it for a provider without history');
      else take(line, line.reply ?? renderAnswer(line));
    },
    dump: (wallMs) => ({ conflicts, operations: [...operations], payments: book.list(wallMs + aheadMs) }),
  };
}

/** What a done operation is answered with: its refund where it is one, else the payment. */
function renderAnswer({ kind, opId, after }: OperationLine): string {
  if (!after) throw new Error(`${opId}: a line without an answer`);
  const refund = kind === 'refund' ? after.refunds.at(-1) : undefined;
  return JSON.stringify(refund ? renderRefund(after, refund) : renderPayment(after));
}

const reused: Refusal = {
  status: 400,
  refused: {
    error: {
      type: 'idempotency_error',
      code: 'idempotency_key_reused',
      message: 'This key came with other parameters before.',
    },
  },
  isKept: false,
};

const toAnswer = ({ status, refused }: Refusal): Answer => ({
  status,
  reply: JSON.stringify(refused),
  line: null,
  replayed: false,
});

/** Stands where the reply is made of the fault alone. */
const nothing: Answer = { status: 0, reply: '', line: null, replayed: false };

function errorOf({ reply }: CallFault): Refusal {
  const { status, type, code } =
    reply.is === 'error' ? reply : { status: 500, type: 'api_error', code: 'internal' };
  return { status, refused: { error: { type, code, message: code } }, isKept: true };
}

function attempt(act: () => void): string | null {
  try {
    act();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that are there. */
const defined = <T extends object>(fields: T): Defined<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The request in the bytes; which parameter goes with which kind is checked too. */
function readRequest(bytes: Uint8Array): OperationRequest | Refusal {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(bytes));
  } catch {
    return invalid(400, 'malformed', 'The body is not JSON.');
  }
  const parsed = operationRequest.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path.join('.') || '(body)').join(', ');
    return invalid(400, 'parameter', `Wrong or missing: ${where}.`);
  }
  const { kind, method, authorization } = parsed.data;
  const fits =
    kind === 'authorize'
      ? method !== null && authorization === null
      : method === null && authorization !== null;
  return fits
    ? parsed.data
    : invalid(400, 'parameter', 'authorize takes a method, all others an authorization.');
}
