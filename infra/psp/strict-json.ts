import { scanJson } from '../../schemas/scan-json.ts';

/** No object of a provider nests as deep. */
const depthMax = 32;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The value in a provider's bytes, or undefined where two readers could read them as two things: no UTF-8, no JSON, a
 * key twice in one object, absurd nesting.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  try {
    const text = utf8.decode(bytes);
    const json: unknown = JSON.parse(text);
    const { depth, keyFault } = scanJson(text, depthMax);
    return keyFault === null && depth <= depthMax ? json : undefined;
  } catch {
    return undefined; // both decoders throw for nothing else
  }
}
