import { z } from 'zod';

/**
 * What adapter and simulator say to each other over HTTP, all with `Authorization: Bearer`:
 * POST /operations (header Idempotency-Key) · GET /objects?opId= or ?id= · GET /settlements?store=&day=&after= ·
 * GET /payouts?store=&day= · POST /control (faults and clock, `control.ts`) · GET /ledger. Objects are those of `provider-objects.ts`.
 */
export const bodyBytesMax = 65_536;

export const operationKinds = ['authorize', 'capture', 'void', 'refund'] as const;
export type OperationKind = (typeof operationKinds)[number];

export const operationRequest = z.strictObject({
  kind: z.enum(operationKinds),
  amount: z.int().min(1),
  currency: z.string().regex(/^[A-Z]{3}$/),
  /** Test token; only to authorize. */
  method: z.string().min(1).max(255).nullable(),
  /** Id of the authorization; all but authorize. */
  authorization: z.string().min(1).max(255).nullable(),
  metadata: z.strictObject({
    opId: z.string().min(1).max(500),
    orderId: z.string().min(1).max(255),
    store: z.string().min(1).max(255),
  }),
});
export type OperationRequest = z.output<typeof operationRequest>;

/** One operation the provider judged, as `GET /ledger` lists it. */
export interface LedgerOperation {
  readonly key: string;
  /** Of the request's bytes, hex. */
  readonly sha256: string;
  readonly kind: OperationKind;
  readonly opId: string;
  readonly orderId: string;
  readonly store: string;
  readonly amount: number;
  readonly currency: string;
  /** The HTTP status it was first answered with, and is ever since while its key is kept. */
  readonly status: number;
  /** It had its effect, whatever was answered: an object was made or changed. */
  readonly done: boolean;
  /** Id of that payment; null where it was refused. */
  readonly object: string | null;
  /** The provider's own clock. */
  readonly atMs: number;
}

/** A payment in the provider's books, as `GET /ledger` lists it. Minor units. */
export interface LedgerPayment {
  readonly id: string;
  /** Of the authorize that made it. */
  readonly opId: string;
  readonly orderId: string;
  readonly store: string;
  readonly currency: string;
  /** What was asked for; reserved or taken only in the states that say so. */
  readonly amount: number;
  readonly captured: number;
  /** A Stripe-like word: requires_action, processing, requires_capture, succeeded, canceled, requires_payment_method. */
  readonly status: string;
  readonly refunds: readonly {
    readonly id: string;
    readonly opId: string;
    readonly amount: number;
    readonly status: 'pending' | 'succeeded' | 'failed';
  }[];
  readonly disputes: readonly {
    readonly id: string;
    readonly amount: number;
    readonly status: 'open' | 'won' | 'lost';
  }[];
}

export interface LedgerDump {
  /** Requests that came under a key of the ledger with other bytes, since this start; digests are hex. */
  readonly conflicts: readonly { readonly key: string; readonly sha256: string }[];
  /** In the order they were judged. Voids and refunds are operations too. */
  readonly operations: readonly LedgerOperation[];
  /** As they stand now on the provider's clock. */
  readonly payments: readonly LedgerPayment[];
}
