import { Problem } from './problem.ts';
import { scanJson } from '../../schemas/scan-json.ts';

/** Levels of nesting a body may have, the outer object included (reliability §10). */
const depthMax = 20;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The JSON object in the bytes of a body. Checks in the order of reliability §10: UTF-8, depth, JSON,
 * forbidden and duplicate keys, object. A byte order mark is ignored (RFC 8259 §8.1).
 * Throws a Problem; no value of the body stands in it.
 */
export function parseJsonBody(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const text = decodeUtf8(bytes);
  const { depth, keyFault } = scanJson(text, depthMax);
  if (depth > depthMax) throw new Problem('too-deep');
  const value = parse(text);
  if (keyFault !== null) throw new Problem(keyFault);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Problem('not-an-object');
  return value as Readonly<Record<string, unknown>>;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Problem('invalid-encoding'); // the decoder's only error; its message would add nothing
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('malformed-json'); // V8's message quotes the input
  }
}
