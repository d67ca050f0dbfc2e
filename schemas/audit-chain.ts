import { createHash } from 'node:crypto';
import type { AuditRecord } from './generated/ops-audit.ts';

/** `prev` of the first record of a chain. */
export const chainStart = '0'.repeat(64);

/**
 * Hex SHA-256 of an audit record without its own hash, over the UTF-8 bytes of the JSON array of its fields in this
 * order, without blanks (decision 0037). Whoever changes a record has to change every later one of its writer.
 */
export function auditHashOf(record: Omit<AuditRecord, 'hash'>): string {
  const { writer, seq, prev, atMs, actor, requestId, body } = record;
  const { what, effectId, target, reason } = body;
  const fields = [writer, seq, prev, atMs, actor, requestId, what, effectId, target, reason];
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

/** The actor of an audit record where no API key acts but somebody with access to the log. */
export const operatorActor = (name: string): string => `operator:${name}`;
