import { hash } from 'node:crypto';

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

export type StoreId = Branded<string, 'StoreId'>;
export type OrderId = Branded<string, 'OrderId'>;
export type Sku = Branded<string, 'Sku'>;
export type CommandId = Branded<string, 'CommandId'>;
export type HoldId = Branded<string, 'HoldId'>;

/** `o-` + 26 Crockford base32 characters of SHA-256(store ‖ 0 ‖ Idempotency-Key) (messages §3). */
export function orderIdOf(store: string, idempotencyKey: string): OrderId {
  return `o-${hash26(store, idempotencyKey)}` as OrderId;
}

/** The id of a command from outside: the same hash over store, route, path and Idempotency-Key (messages §3). */
export function commandIdOf(store: string, route: string, path: string, idempotencyKey: string): CommandId {
  return hash26(store, route, path, idempotencyKey) as CommandId;
}

export const holdIdOf = (orderId: string, sku: string): HoldId => `${orderId}:${sku}` as HoldId;

/** The same as `holdId === holdIdOf(orderId, sku)`, without making it. */
export const isHoldIdOf = (holdId: string, orderId: string, sku: string): boolean =>
  holdId.length === orderId.length + 1 + sku.length &&
  holdId[orderId.length] === ':' &&
  holdId.startsWith(orderId) &&
  holdId.endsWith(sku);

/** `orderId:kind:n`; n counts the operations of that kind of the order (messages §3). */
export const opIdOf = (orderId: string, kind: string, n: number): string => `${orderId}:${kind}:${n}`;

/** The provider's idempotency key of one attempt: hash of store, opId and attempt (payments §4). */
export const paymentKeyOf = (store: string, opId: string, attempt: number): string =>
  hash26(store, opId, String(attempt));

/** The record key of a SKU on stock and catalogue topics. */
export const skuKeyOf = (store: string, sku: string): string => `${store}/${sku}`;

const orderIdPattern = /^o-[0-9A-HJKMNP-TV-Z]{26}$/;
const commandIdPattern = /^[0-9A-HJKMNP-TV-Z]{26}$/;
const skuPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

/** The order id in `value`, or null if it is not one. */
export function parseOrderId(value: unknown): OrderId | null {
  return typeof value === 'string' && orderIdPattern.test(value) ? (value as OrderId) : null;
}

/** The id of a command from outside, thus of a return or refund, or null if it is none. */
export function parseCommandId(value: unknown): CommandId | null {
  return typeof value === 'string' && commandIdPattern.test(value) ? (value as CommandId) : null;
}

/** The SKU in `value` in upper case (letter case is ignored at the edge), or null if it is not one. */
export function parseSku(value: unknown): Sku | null {
  return typeof value === 'string' && skuPattern.test(value) ? (value.toUpperCase() as Sku) : null;
}

const crockford = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 'latin1');
const idCharacters = 26;
/** Holds the characters of one id: a text put together from single ones leaves as many behind. */
const scratch = Buffer.alloc(idCharacters);

/** Five bits a character, from the front of the digest. It comes as a string: a buffer of 32 bytes costs more. */
function hash26(...parts: readonly string[]): string {
  const digest = hash('sha256', parts.join('\0'), 'binary');
  for (let i = 0; i < idCharacters; i += 1) {
    const bit = i * 5;
    const at = bit >> 3;
    const twoBytes = (digest.charCodeAt(at) << 8) | digest.charCodeAt(at + 1);
    scratch[i] = crockford[(twoBytes >> (11 - (bit & 7))) & 31] ?? 0;
  }
  return scratch.toString('latin1');
}
