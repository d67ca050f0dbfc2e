// Generated from schemas/avro/catalogue.commands.v1.avsc by `npm run generate`. Do not edit.

/** One price a currency. */
export interface Price {
  readonly currency: string;
  readonly unitMinor: number;
}

/** Create or replace a product. */
export interface PutProduct {
  readonly type: 'PutProduct';
  readonly sku: string;
  readonly name: string;
  readonly prices: readonly Price[];
  readonly taxBp: number;
  /** Refused unless the product has this version; 0 = must not exist. */
  readonly ifVersion: number | null;
}

/** Take a product off sale. */
export interface RetireProduct {
  readonly type: 'RetireProduct';
  readonly sku: string;
  readonly ifVersion: number | null;
}

/** Decide the parked commands of this key, in order. */
export interface Redrive {
  readonly type: 'Redrive';
  /** Aggregate id. */
  readonly key: string;
  /** Decide on a copy and say what would happen. */
  readonly dryRun: boolean;
  /** Who asks. */
  readonly by: string;
  /** Why. */
  readonly reason: string;
}

/** The log's clock as a record, appended by the owner of the partition. */
export interface Tick {
  readonly type: 'Tick';
  readonly writer: string;
}

export type CommandBody =
  | PutProduct
  | RetireProduct
  | Redrive
  | Tick;

/** One record of the inbox catalogue.commands.v1. */
export interface Command<B = CommandBody> {
  /** Tenant, from the credential; empty for a Tick. */
  readonly store: string;
  /** Crockford base32 hash of store, route, path and Idempotency-Key; only on commands from outside. */
  readonly commandId: string | null;
  /** HMAC of the request: `<secret id>.<hex>`. */
  readonly fingerprint: string | null;
  readonly requestId: string | null;
  readonly body: B;
}

export const commandBodyTypes = [
  'PutProduct',
  'RetireProduct',
  'Redrive',
  'Tick',
] as const;
