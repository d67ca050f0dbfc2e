import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { isCurrency } from '../../schemas/currencies.ts';
import { parseSku } from '../../schemas/ids.ts';
import type { Quote, QuotedLine } from './quote.ts';

/** Layout of what is signed. */
const prefix = 'q1';
/** 100 lines with the longest SKUs are about 9 KB. */
const lengthMax = 16_384;

/**
 * The quote as its `quoteId`: `q1.<key id>.<payload>.<signature>`, base64url. The first secret signs; each that is given
 * is known by its key id, so that a rotation keeps every promise made before it.
 */
export function formatQuote(secrets: readonly string[], quote: Quote): string {
  const [secret] = secrets;
  if (secret === undefined) throw new RangeError('a quote needs a secret that signs it');
  const signed = `${prefix}.${keyIdOf(secret)}.${Buffer.from(payloadOf(quote)).toString('base64url')}`;
  return `${signed}.${signatureOf(secret, signed).toString('base64url')}`;
}

/** The quote in `token`, expired or not; null unless it is one that one of the secrets has signed. */
export function readQuote(secrets: readonly string[], token: string): Quote | null {
  if (token.length > lengthMax) return null;
  const end = token.lastIndexOf('.');
  const signed = token.slice(0, end);
  const [kind, keyId, payload = ''] = signed.split('.');
  const secret = secrets.find((one) => keyIdOf(one) === keyId);
  if (kind !== prefix || secret === undefined) return null;
  const signature = Buffer.from(token.slice(end + 1), 'base64url');
  const ours = signatureOf(secret, signed);
  if (signature.length !== ours.length || !timingSafeEqual(signature, ours)) return null;
  return parsePayload(Buffer.from(payload, 'base64url').toString());
}

/** The secret serves other things too: what it signs here is said in the key. */
const signatureOf = (secret: string, signed: string): Buffer =>
  createHmac('sha256', createHmac('sha256', secret).update('millrace quote').digest())
    .update(signed)
    .digest();

const keyIdOf = (secret: string): string =>
  createHash('sha256').update(`millrace quote\0${secret}`).digest('hex').slice(0, 8);

const payloadOf = (quote: Quote): string =>
  JSON.stringify([
    quote.store,
    quote.currency,
    quote.expiresAtMs,
    quote.taxRule,
    quote.shippingMinor,
    quote.shippingTaxBp,
    quote.lines.map((line) => [line.sku, line.quantity, line.unitMinor, line.taxBp, line.version]),
  ]);

/** Signed by us, and yet perhaps by another release: read like anything from outside. */
function parsePayload(text: string): Quote | null {
  const fields = parseList(text);
  const [store, currency, expiresAtMs, taxRule, shippingMinor, shippingTaxBp, lines] = fields ?? [];
  if (typeof store !== 'string' || typeof currency !== 'string' || !isCurrency(currency)) return null;
  if (taxRule !== 'exclusive' && taxRule !== 'inclusive') return null;
  if (!isWhole(expiresAtMs) || !isWhole(shippingMinor) || !isWhole(shippingTaxBp)) return null;
  if (!Array.isArray(lines)) return null;
  const parsed = lines.map(parseLine);
  if (!parsed.every((line) => line !== null)) return null;
  return { store, currency, expiresAtMs, taxRule, shippingMinor, shippingTaxBp, lines: parsed };
}

function parseLine(value: unknown): QuotedLine | null {
  if (!Array.isArray(value)) return null;
  const [text, quantity, unitMinor, taxBp, version] = value as readonly unknown[];
  const sku = parseSku(text);
  if (sku === null || !isWhole(quantity) || !isWhole(unitMinor) || !isWhole(taxBp) || !isWhole(version)) {
    return null;
  }
  return { sku, quantity, unitMinor, taxBp, version };
}

function parseList(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : null;
  } catch {
    return null; // what is no JSON is no quote
  }
}

const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
