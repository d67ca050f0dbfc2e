import { z } from 'zod';

/**
 * What adapter and simulator say to each other over HTTP. The words are a provider's, not ours: the adapter maps them.
 * POST /operations (header Idempotency-Key) · GET /objects?opId= or ?id= · GET /ledger; all with `Authorization: Bearer`.
 */
export const bodyBytesMax = 65_536;

export const operationRequest = z.strictObject({
  kind: z.enum(['authorize', 'capture']),
  amount: z.int().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** Test token; only to authorize. */
  method: z.string().min(1).max(255).nullable(),
  /** Id of the authorization; only to capture. */
  authorization: z.string().min(1).max(255).nullable(),
  metadata: z.strictObject({ opId: z.string().min(1).max(500), orderId: z.string().min(1).max(255) }),
});
export type OperationRequest = z.output<typeof operationRequest>;

/** A payment object: one authorization and what became of it. Amounts are minor units. */
export const paymentObject = z.object({
  id: z.string().min(1),
  status: z.string(),
  amount: z.int(),
  captured: z.int(),
  currency: z.string(),
  /** Epoch ms; the authorization lapses then. */
  captureBefore: z.int(),
  /** Of the operation that was answered, or in a listing of the one that made the object. */
  metadata: z.object({ opId: z.string(), orderId: z.string() }),
});
export type PaymentObject = z.output<typeof paymentObject>;

export const errorReply = z.object({
  error: z.object({ type: z.string(), code: z.string(), message: z.string() }),
});
export type ErrorReply = z.output<typeof errorReply>;

/** One operation the provider executed, as `GET /ledger` lists it. A line of the ledger file is the same and the reply. */
export interface LedgerOperation {
  readonly key: string;
  /** Of the request's bytes, hex. */
  readonly sha256: string;
  readonly kind: OperationRequest['kind'];
  readonly opId: string;
  readonly orderId: string;
  readonly amount: number;
  readonly currency: string;
  /** The HTTP status it was first answered with, and is ever since. */
  readonly status: number;
  /** Id of the object it made or changed; null where it was refused. */
  readonly object: string | null;
  /** The provider's own clock. */
  readonly atMs: number;
}

export interface LedgerDump {
  /** Requests that came under a key of the ledger with other bytes, since this start; digests are hex. */
  readonly conflicts: readonly { readonly key: string; readonly sha256: string }[];
  readonly operations: readonly LedgerOperation[];
  readonly objects: readonly PaymentObject[];
}
