import { createHash } from 'node:crypto';
import {
  type ErrorReply,
  type LedgerDump,
  type LedgerOperation,
  type OperationRequest,
  operationRequest,
  type PaymentObject,
  paymentObject,
} from './protocol.ts';
import { behaviourOf } from './token-behaviours.ts';

/** A line of the ledger: an executed operation and the very text it was answered with. */
export interface LedgerLine extends LedgerOperation {
  readonly reply: string;
}

export interface Answer {
  readonly status: number;
  /** JSON. */
  readonly reply: string;
  /** To be made durable before the answer leaves; null where nothing was executed. */
  readonly line: LedgerLine | null;
}

/** The provider's books. Synchronous and deterministic by seed: the same operations get the same references. */
export interface Provider {
  /** Executes an operation, or repeats the first answer to its key. Nothing is kept of a request that is not valid. */
  execute(key: string, bytes: Uint8Array, nowMs: number): Answer;
  /** Takes a line written before. */
  restore(line: LedgerLine): void;
  objectById(id: string): PaymentObject | undefined;
  objectByOpId(opId: string): PaymentObject | undefined;
  dump(): LedgerDump;
}

const week = 7 * 86_400_000;

/** `keyTtlMs` after its first answer a key is forgotten, and runs afresh. */
export function createProvider(seed: number, keyTtlMs = Number.POSITIVE_INFINITY): Provider {
  const lines: LedgerLine[] = [];
  const byKey = new Map<string, LedgerLine>();
  const conflicts: { key: string; sha256: string }[] = [];
  const objects = new Map<string, PaymentObject>();
  const idByOpId = new Map<string, string>();

  const restore = (line: LedgerLine): void => {
    lines.push(line);
    byKey.set(line.key, line);
    if (line.object === null) return;
    const object = paymentObject.parse(JSON.parse(line.reply));
    const made = objects.get(object.id);
    objects.set(object.id, made ? { ...object, metadata: made.metadata } : object);
    idByOpId.set(line.opId, object.id);
  };

  const perform = (key: string, request: OperationRequest, nowMs: number): PaymentObject | Refusal => {
    if (request.kind === 'authorize') {
      const behaviour = behaviourOf(request.method ?? '');
      if (behaviour.does === 'decline') return refusal(402, 'card_error', behaviour.code, behaviour.message);
      return {
        id: `pay_${createHash('sha256').update(`${seed}\0${key}`).digest('hex').slice(0, 24)}`,
        status: 'requires_capture',
        amount: request.amount,
        captured: 0,
        currency: request.currency,
        captureBefore: nowMs + week,
        metadata: request.metadata,
      };
    }
    const object = objects.get(request.authorization ?? '');
    if (!object) return refusal(404, 'invalid_request', 'no_such_object', 'There is no such authorization.');
    if (object.status !== 'requires_capture') {
      return refusal(
        409,
        'invalid_request',
        'unexpected_state',
        `The authorization is ${object.status}: one capture each.`,
      );
    }
    if (object.captureBefore <= nowMs) {
      return refusal(409, 'invalid_request', 'capture_expired', 'The authorization has lapsed.');
    }
    if (request.currency !== object.currency || request.amount > object.amount) {
      return refusal(
        400,
        'invalid_request',
        'amount',
        `At most ${object.amount} ${object.currency} can be captured.`,
      );
    }
    return { ...object, status: 'succeeded', captured: request.amount, metadata: request.metadata };
  };

  const execute = (key: string, bytes: Uint8Array, nowMs: number): Answer => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const kept = byKey.get(key);
    if (kept && nowMs - kept.atMs < keyTtlMs) {
      if (kept.sha256 === sha256) return { status: kept.status, reply: kept.reply, line: null };
      conflicts.push({ key, sha256 });
      return toAnswer(
        refusal(400, 'idempotency_error', 'key_reused', 'This key came with other parameters before.'),
      );
    }
    const request = readRequest(bytes);
    if ('refused' in request) return toAnswer(request);
    const result = perform(key, request, nowMs);
    const refused = 'refused' in result;
    if (refused && !isJudgement(result)) return toAnswer(result);
    const line: LedgerLine = {
      key,
      sha256,
      kind: request.kind,
      ...request.metadata,
      amount: request.amount,
      currency: request.currency,
      status: refused ? result.status : 200,
      object: refused ? null : result.id,
      atMs: nowMs,
      reply: JSON.stringify(refused ? result.refused : result),
    };
    restore(line);
    return { status: line.status, reply: line.reply, line };
  };

  return {
    execute,
    restore,
    objectById: (id) => objects.get(id),
    objectByOpId: (opId) => objects.get(idByOpId.get(opId) ?? ''),
    dump: () => ({
      conflicts,
      operations: lines.map(withoutReply),
      objects: [...objects.values()],
    }),
  };
}

function withoutReply(line: LedgerLine): LedgerOperation {
  const { reply: _reply, ...operation } = line;
  return operation;
}

interface Refusal {
  readonly status: number;
  readonly refused: ErrorReply;
}

const refusal = (status: number, type: string, code: string, message: string): Refusal => ({
  status,
  refused: { error: { type, code, message } },
});

/** Execution began: the answer is kept under its key. A request that was not valid leaves no trace. */
const isJudgement = ({ status }: Refusal): boolean => status === 402 || status === 409;

const toAnswer = ({ status, refused }: Refusal): Answer => ({
  status,
  reply: JSON.stringify(refused),
  line: null,
});

/** The request in the bytes; which parameter goes with which kind is checked too. */
function readRequest(bytes: Uint8Array): OperationRequest | Refusal {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return refusal(400, 'invalid_request', 'malformed', 'The body is not JSON.');
  }
  const parsed = operationRequest.safeParse(json);
  if (!parsed.success) {
    const where = parsed.error.issues.map((issue) => issue.path.join('.') || '(body)').join(', ');
    return refusal(400, 'invalid_request', 'parameter', `Wrong or missing: ${where}.`);
  }
  const { kind, method, authorization } = parsed.data;
  const fits =
    kind === 'authorize'
      ? method !== null && authorization === null
      : method === null && authorization !== null;
  return fits
    ? parsed.data
    : refusal(400, 'invalid_request', 'parameter', 'authorize takes a method, capture an authorization.');
}
