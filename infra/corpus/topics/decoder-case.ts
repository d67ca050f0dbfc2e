import type { AvroSchema } from '../../../schemas/avro-schema.ts';
import { zeroSizeItems } from '../../../schemas/check-compatibility.ts';
import { decodePayload } from '../../../schemas/topic-codec.ts';
import type { CaseRecord, Disposition } from './topic-case.ts';

/** A payload under a schema of its own: the lint of schemas first, then the decoder alone. */
export function runDecoderCase({ schemaInline = '', payloadBase64 = '' }: CaseRecord): Disposition {
  const schema = JSON.parse(schemaInline) as AvroSchema;
  const decoded = decodePayload(schema, Buffer.from(payloadBase64, 'base64'));
  if (zeroSizeItems(schema).length > 0) return { status: 'lint-refused', problemType: 'zero-size-items' };
  if (decoded.is !== 'unreadable') return { status: 'processed', problemType: null };
  return { status: 'quarantined', problemType: decoded.reason, detail: decoded.detail };
}
