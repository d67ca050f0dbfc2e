import type { Money } from '../../schemas/money.ts';

/** One intended money move, as the orders journal wrote it before any socket opened (payments §2). */
export interface Op {
  readonly opId: string;
  readonly orderId: string;
  /** Tenant; travels as metadata, so that webhooks and settlement lines find their way back. */
  readonly store: string;
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

/**
 * Why a person must hear of an outcome beside its state: the request was wrong (our bug), the provider does not take our
 * credentials, or it saw other bytes under a known key (the byte rule of payments §4 is broken: fatal).
 */
export type OutcomeAlarm = 'our-bug' | 'credentials' | 'byte-rule';

/** What became of one try of an operation. Not knowing is an answer, never an exception and never a no. */
export type Outcome = (
  | {
      readonly is: 'ok';
      /** The authorization's, for every kind. */
      readonly pspRef: string;
      readonly amount: Money;
      readonly captureBeforeMs?: number;
      /** An authorize that the provider captured too, unasked. */
      readonly captured?: true;
    }
  /** Judged; final. */
  | { readonly is: 'no'; readonly code: string; readonly next: 'never' | 'other-method' | 'later' }
  /** Provably nothing happened in this try; after an unknown it settles nothing. */
  | {
      readonly is: 'not-executed';
      readonly code: string;
      /** May the same op be sent again, after `afterMs` if it is given? */
      readonly again: boolean;
      readonly afterMs?: number;
      readonly alarm?: OutcomeAlarm;
    }
  /** The customer must act first; `client` is what his browser needs for it, as the provider sent it. */
  | { readonly is: 'action'; readonly pspRef: string; readonly client: Json }
  | { readonly is: 'pending'; readonly pspRef: string }
  | {
      readonly is: 'unknown';
      readonly cause: UnknownCause;
      /** Known already where the provider makes the object before it moves money: a look-up then needs no listing. */
      readonly pspRef?: string;
      readonly alarm?: OutcomeAlarm;
    }
) & {
  /** The provider repeated the answer it keeps under the key: nothing ran in this try. */
  readonly replayed?: true;
};

/** A JSON value; nothing of it is trusted. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

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

/** What an authentic webhook says: a reason to look, never a fact (payments §6). */
export interface Hint {
  readonly eventId: string;
  /** The provider's word, for example `payment_intent.succeeded`. */
  readonly kind: string;
  /** False: a word of no meaning to us; counted, nothing else. */
  readonly isKnown: boolean;
  /** The payment it speaks of; also where the news is a refund or a dispute. */
  readonly pspRef: string;
  /** From the metadata that went with the op, where the provider gives it back. */
  readonly opId?: string;
  readonly orderId?: string;
  /** Of the live mode, or of the test mode? */
  readonly livemode: boolean;
}

/** Names of HTTP headers in lower case, as Node reads them. */
export type HintHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface HintReader {
  /**
   * The hint in a webhook's raw bytes, before any parser has seen them. `not-authentic`: the body was not looked at.
   * `malformed`: well signed, but not what a provider sends.
   */
  readHint(raw: Uint8Array, headers: HintHeaders): Hint | 'not-authentic' | 'malformed';
}

/** A line of a settlement file. Minor units; `net = gross − fee`, negative where money left us. */
export interface SettlementEntry {
  /** The provider's, unique for each line. */
  readonly lineId: string;
  /** ISO date of the settlement, the provider's day. */
  readonly day: string;
  readonly kind: 'charge' | 'refund' | 'dispute' | 'fee' | 'adjustment';
  /** The payment; empty for a line of no payment (a fee of the account). */
  readonly pspRef: string;
  readonly opId?: string;
  readonly orderId?: string;
  readonly gross: Money;
  readonly feeMinor: number;
  readonly netMinor: number;
  /** What was paid out, where that is another currency than the payment's: fee and net are in it too. */
  readonly settled?: Money;
}

/** Money the provider paid out to us; its `currency` is the one its lines were settled in. */
export interface Payout {
  /** The provider's, unique. */
  readonly payoutId: string;
  /** ISO date, the provider's day on which it was made. */
  readonly day: string;
  /** Negative where the provider collected. */
  readonly amount: Money;
  /** What it is made of, as the provider lists it: Σ net is the amount (payments §7). */
  readonly lines: readonly Pick<SettlementEntry, 'lineId' | 'netMinor'>[];
}

export interface SettlementSource {
  /** Lines of one store settled on one day, each once. Throws if the provider cannot give them now. */
  settlements(store: string, day: string): AsyncIterable<SettlementEntry>;
  /**
   * Payouts made on one day. Where one account serves several stores, the same payout comes for each of them. Throws if
   * the provider cannot give them now.
   */
  payouts(store: string, day: string): AsyncIterable<Payout>;
  /** Business days after which a settled line stands in a payout; null: the account has a plan of its own. */
  readonly payoutWithinDays: number | null;
}

/** All that an adapter is. */
export type PspAdapter = Psp & HintReader & SettlementSource;
