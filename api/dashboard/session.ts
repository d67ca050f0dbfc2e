import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { exponentsNotTwo } from '../../schemas/currencies.ts';
import type { Principal, Store } from '../auth/store-directory.ts';
import { ok } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { defineRoute, jsonType, type Route } from '../http/route.ts';

/**
 * The dashboard's session: the browser trades an API key for a cookie that scripts cannot read and that no other site
 * can send. The cookie is the key, sealed: nothing is stored, every request is checked against the key's own scopes,
 * and a revoked key ends its sessions.
 */
export const sessionCookie = 'millrace_session';
const maxAgeS = 12 * 3600;
const nonceBytes = 12;
const tagBytes = 16;

const secretOf = (secret: string): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, '', 'millrace dashboard session', 32));

/** The value of a cookie that stands for `key` until 12 hours after `nowMs`. AES-256-GCM, base64url. */
export function sealSession(secret: string, key: string, nowMs: number): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', secretOf(secret), nonce);
  const text = JSON.stringify({ key, untilMs: nowMs + maxAgeS * 1000 });
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
}

const sessionText = z.object({ key: z.string(), untilMs: z.number() });

/** The key a cookie's value stands for; null if it is none of ours, was changed, or is too old. */
export function openSession(secret: string, value: string, nowMs: number): string | null {
  const bytes = Buffer.from(value, 'base64url');
  if (bytes.length <= nonceBytes + tagBytes) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', secretOf(secret), bytes.subarray(0, nonceBytes));
    decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
    const text =
      decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
    const { key, untilMs } = sessionText.parse(JSON.parse(text));
    return nowMs < untilMs ? key : null;
  } catch {
    return null; // a wrong tag, or text that is no session: whoever made it does not have the secret
  }
}

/**
 * What stands for the Authorization header of a request without one: the session cookie's key. Only for reads and for
 * signing out, and never where the browser says that another site asked.
 */
export function credentialOf(secret: string, request: IncomingMessage, nowMs: number): string | undefined {
  const given = request.headers.authorization;
  if (given !== undefined) return given;
  const site = request.headers['sec-fetch-site'];
  const isOwn = site === undefined || site === 'same-origin' || site === 'none';
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  if (!isOwn || !(isRead || request.url === endPath)) return undefined;
  const [, value] =
    new RegExp(`(?:^|; *)${sessionCookie}=([\\w-]+)`).exec(request.headers.cookie ?? '') ?? [];
  const key = value === undefined ? null : openSession(secret, value, nowMs);
  return key === null ? undefined : `Bearer ${key}`;
}

const endPath = '/v1/session/end';

export interface SessionDeps {
  /** Seals the cookies; the same for every API process (`MILLRACE_CURSOR_SECRET`). */
  readonly secret: string;
  readonly storeOf: (store: string) => Store | undefined;
  readonly nowMs: () => number;
}

const sessionAnswer = z
  .object({
    store: z.string(),
    keyId: z.string().meta({ description: 'Of the key that was traded.' }),
    name: z.string(),
    timeZone: z.string().meta({ description: 'IANA zone.' }),
    currencies: z.array(z.string()).meta({ description: 'Of the store, in its order. ISO 4217.' }),
    exponents: z.record(z.string(), z.int().min(0)).meta({
      description:
        'Digits after the decimal point of every currency that has not 2 (ISO 4217): JPY 0, KWD 3. Minor units are of these; CLDR and Intl know the digits of cash.',
    }),
    scopes: z.array(z.string()),
  })
  .meta({ id: 'Session' });

const isEncrypted = (request: IncomingMessage): boolean =>
  'encrypted' in request.socket || request.headers['x-forwarded-proto'] === 'https';

const cookie = (request: IncomingMessage, value: string, ageS: number): string =>
  `${sessionCookie}=${value}; Path=/; Max-Age=${ageS}; HttpOnly; SameSite=Strict${isEncrypted(request) ? '; Secure' : ''}`;

/** `POST /v1/session` trades the key of the Authorization header for the cookie, `…/end` takes it back, GET says who is in. */
export function sessionRoutes({ secret, storeOf, nowMs }: SessionDeps): readonly Route[] {
  const common = {
    scope: 'analytics:read',
    idempotencyKey: 'none',
    params: {},
    query: z.strictObject({}),
    produces: [jsonType],
  } as const;
  const told = (principal: Principal) => {
    const store = storeOf(principal.store);
    return {
      store: principal.store,
      keyId: principal.keyId,
      name: store?.name ?? principal.store,
      timeZone: store?.timeZone ?? 'UTC',
      currencies: store?.currencies ?? [],
      exponents: exponentsNotTwo,
      scopes: [...principal.scopes],
    };
  };
  return [
    defineRoute({
      ...common,
      method: 'POST',
      path: '/v1/session',
      docs: {
        summary: 'Trade a key for the dashboard’s cookie',
        description:
          'For browsers: the cookie is HttpOnly and SameSite=Strict, reads only, and ends after 12 hours or with the key.',
        tag: 'Dashboard',
        answers: { 200: { description: 'Signed in', schema: sessionAnswer } },
      },
      handle: async ({ principal, request }) => {
        const key = request.headers.authorization?.split(/ +/)[1];
        if (key === undefined) throw new Problem('unauthenticated');
        return ok(told(principal), {
          'Set-Cookie': cookie(request, sealSession(secret, key, nowMs()), maxAgeS),
        });
      },
    }),
    defineRoute({
      ...common,
      method: 'GET',
      path: '/v1/session',
      docs: {
        summary: 'Who is signed in',
        tag: 'Dashboard',
        answers: { 200: { description: 'The session', schema: sessionAnswer } },
      },
      handle: async ({ principal }) => ok(told(principal)),
    }),
    defineRoute({
      ...common,
      scope: null, // whoever is in may leave, also with a key that lost its scopes since
      method: 'POST',
      path: endPath,
      docs: {
        summary: 'Sign out',
        tag: 'Dashboard',
        answers: {
          200: { description: 'The cookie is gone', schema: z.object({ signedOut: z.literal(true) }) },
        },
      },
      handle: async ({ request }) => ok({ signedOut: true }, { 'Set-Cookie': cookie(request, '', 0) }),
    }),
  ];
}
