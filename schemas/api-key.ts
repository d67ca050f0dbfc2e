import { hash, randomBytes } from 'node:crypto';

/** `test` keys belong to test stores (fake provider, left out of sums), `live` keys to live ones. */
const apiKeyKinds = ['live', 'test'] as const;
export type ApiKeyKind = (typeof apiKeyKinds)[number];

/** Everything a key may allow (interface §2); a route names the one it needs. */
export const scopes = [
  'orders:read',
  'orders:write',
  'orders:priced',
  'stock:write',
  'catalogue:write',
  'analytics:read',
  'ops:read',
  'ops:write',
] as const;
export type Scope = (typeof scopes)[number];

/** What stands in the text of a key. The secret is never kept: the digest of the whole text is. */
export interface ApiKey {
  readonly kind: ApiKeyKind;
  /** Public name of the key: it may stand in logs. */
  readonly keyId: string;
}

export interface CreatedApiKey extends ApiKey {
  /** Shown once to its owner, never stored. */
  readonly text: string;
  /** Hex SHA-256 of `text`, for `KeyPut`. */
  readonly sha256: string;
}

const keyIdBytes = 8;
const secretBytes = 32;
const checksumCharacters = 6;
const pattern = /^mr_(live|test)_([0-9a-f]{16})_([A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})$/;

/** A new key of 256 random bits: `mr_<kind>_<keyId>_<secret><checksum>` (reliability §8). */
export function createApiKey(kind: ApiKeyKind): CreatedApiKey {
  const keyId = randomBytes(keyIdBytes).toString('hex');
  const body = `mr_${kind}_${keyId}_${randomBytes(secretBytes).toString('base64url')}`;
  const text = body + checksumOf(body);
  return { kind, keyId, text, sha256: digestApiKey(text) };
}

/** The key in `text`, or null if it is not one or was mistyped: a wrong checksum spares the look-up. */
export function parseApiKey(text: string): ApiKey | null {
  const [, kind, keyId] = pattern.exec(text) ?? [];
  if (kind === undefined || keyId === undefined) return null;
  const body = text.slice(0, -checksumCharacters);
  if (checksumOf(body) !== text.slice(-checksumCharacters)) return null;
  return { kind: kind as ApiKeyKind, keyId };
}

/** Hex SHA-256 of the whole key text: what `stores.config.v1` keeps and what a presented key is compared with. */
export const digestApiKey = (text: string): string => hash('sha256', text);

const checksumOf = (body: string): string =>
  hash('sha256', `millrace key checksum\0${body}`, 'base64url').slice(0, checksumCharacters);
