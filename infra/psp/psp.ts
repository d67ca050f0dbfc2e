import type { Money } from '../../schemas/money.ts';

/** One intended money move, as the orders journal wrote it before any socket opened (payments §2). */
export interface Op {
  readonly opId: string;
  readonly orderId: string;
  readonly kind: 'authorize' | 'capture' | 'void' | 'refund';
  readonly attempt: number;
  /** The provider's idempotency key: one key, one byte string, for ever. */
  readonly key: string;
  readonly amount: Money;
  /** The payment method in the clear; only to authorize. It stays out of logs and errors. */
  readonly methodRef?: string;
  /** The provider's reference of the authorization; all kinds but authorize. */
  readonly pspRef?: string;
  /** When it was asked for, on the log's clock. */
  readonly atMs: number;
}

export type UnknownCause = 'timeout' | 'reset' | 'server' | 'conflict' | 'mismatch' | 'unmapped' | 'silent';

/** What became of one try of an operation. Not knowing is an answer, never an exception and never a no. */
export type Outcome =
  | { readonly is: 'ok'; readonly pspRef: string; readonly amount: Money; readonly captureBeforeMs?: number }
  /** Judged; final. */
  | { readonly is: 'no'; readonly code: string; readonly next: 'never' | 'other-method' | 'later' }
  /** Provably nothing happened in this try; after an unknown it settles nothing. */
  | {
      readonly is: 'not-executed';
      readonly code: string;
      /** May the same op be sent again, after `afterMs` if it is given? */
      readonly again: boolean;
      readonly afterMs?: number;
    }
  | { readonly is: 'action'; readonly pspRef: string }
  | { readonly is: 'pending'; readonly pspRef: string }
  | { readonly is: 'unknown'; readonly cause: UnknownCause };

/** What the provider says of one payment when asked. */
export interface Facts {
  readonly pspRef: string;
  readonly authorized: Money;
  readonly captured: Money;
  readonly ended?: 'voided' | 'lapsed' | 'declined';
  readonly captureBeforeMs?: number;
  readonly disputes: readonly {
    readonly id: string;
    readonly amount: Money;
    readonly status: 'open' | 'won' | 'lost';
  }[];
  readonly refunds: readonly {
    readonly opId?: string;
    readonly amount: Money;
    readonly status: 'pending' | 'done' | 'failed';
  }[];
}

/** What a provider can do; the state machine's deadlines follow from it. */
export interface PspAbilities {
  readonly separateCapture: boolean;
  readonly partialRefund: boolean;
  /** Does a listing by opId show an object at once, after a while, or never? */
  readonly findByOpId: 'now' | 'late' | 'no';
  /** Does a key keep an error too? Then only a new attempt runs afresh. */
  readonly keepsErrors: boolean;
  readonly keyTtlMs: number;
  /** `not-found` counts only after this long without a send. */
  readonly quietMs: number;
}

export interface Psp {
  readonly can: PspAbilities;
  /** Sends the op once. Resolves; never rejects for an outcome. `stop` gives up waiting. */
  run(op: Op, stop: AbortSignal): Promise<Outcome>;
  /** Asks, changes nothing. `unavailable` is no answer. */
  lookUp(query: {
    readonly opId: string;
    readonly pspRef?: string;
  }): Promise<Facts | 'not-found' | 'unavailable'>;
  close(): Promise<void>;
}
