// Generated from schemas/avro/ops.audit.v1.avsc by `npm run generate`. Do not edit.

/** One effect. */
export interface PrivilegedEffect {
  readonly type: 'PrivilegedEffect';
  readonly what: 'payment.resolve' | 'letters.redrive' | 'stock.repair' | 'views.rebuild' | 'views.flip' | 'views.drop' | 'ledger.rebuild' | 'ledger.flip' | 'ledger.migrate' | 'store.put' | 'key.put' | 'key.revoke' | 'customer.erase' | 'access.apply';
  /** What the effect carries: its `commandId`, else its `requestId`. */
  readonly effectId: string;
  /** To what: an operation's id, `<processor>/<key>`, `store/SKU`, `store/keyId`, a store, a view's generation, an engine. */
  readonly target: string;
  readonly reason: string;
}

export type AuditRecordBody =
  | PrivilegedEffect;

/** What somebody privileged is about to do, acknowledged on the log before it is done; the record key is the actor. */
export interface AuditRecord<B = AuditRecordBody> {
  /** Whose chain this is: a new one for each process, and after each append that was not acknowledged. */
  readonly writer: string;
  /** In the writer's chain, from 1. */
  readonly seq: number;
  /** `hash` of the writer's record before; 64 zeros at the first. */
  readonly prev: string;
  /** Hex SHA-256 of all the rest (`schemas/audit-chain.ts`). */
  readonly hash: string;
  /** By the writer's clock. */
  readonly atMs: number;
  /** The id of an API key, or `operator:<name>` on the command line. */
  readonly actor: string;
  /** Of the HTTP request, where there was one. */
  readonly requestId: string | null;
  readonly body: B;
}

export const privilegedEffectWhatValues = [
  'payment.resolve',
  'letters.redrive',
  'stock.repair',
  'views.rebuild',
  'views.flip',
  'views.drop',
  'ledger.rebuild',
  'ledger.flip',
  'ledger.migrate',
  'store.put',
  'key.put',
  'key.revoke',
  'customer.erase',
  'access.apply',
] as const;

export const auditrecordBodyTypes = [
  'PrivilegedEffect',
] as const;
