import { Problem } from '../http/problem.ts';
import type { Scope } from '../../schemas/api-key.ts';
import type { Principal } from './store-directory.ts';

/** Knows who a credential's text stands for. */
export interface Authenticator {
  authenticate(text: string, nowMs: number): Principal | null;
  /** True while a caller who was found would be found again just so; false: he has to be looked for anew. */
  isCurrent(caller: Principal, nowMs: number): boolean;
}

const challenge = 'Bearer realm="millrace"';

/** The caller of a request by its Authorization header; null: it is nobody's. */
export function findCaller(
  header: string | undefined,
  directory: Authenticator,
  nowMs: number,
): Principal | null {
  const [, text] = /^bearer +(\S+)$/i.exec(header ?? '') ?? [];
  return text === undefined ? null : directory.authenticate(text, nowMs);
}

/** The same. Throws `unauthenticated`, the same for every reason. */
export function authenticate(header: string | undefined, directory: Authenticator, nowMs: number): Principal {
  const principal = findCaller(header, directory, nowMs);
  if (principal) return principal;
  throw new Problem('unauthenticated', { headers: { 'WWW-Authenticate': challenge } });
}

/** Throws `insufficient-scope` unless the caller's key has the scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.has(scope)) return;
  const headers = { 'WWW-Authenticate': `${challenge}, error="insufficient_scope", scope="${scope}"` };
  throw new Problem('insufficient-scope', {
    detail: `This route needs a key with the scope ${scope}.`,
    headers,
  });
}

/** Throws `insufficient-scope` for a visitor of the shop; without a `detail`: the route speaks of more than one customer. */
export function refuseVisitor(
  { customerId }: Principal,
  detail = 'A visitor of the shop may not do this: it needs a key of the store.',
): void {
  if (customerId !== undefined) throw new Problem('insufficient-scope', { detail });
}

const credentialParameter = /^(api[_-]?key|access[_-]?token|auth(orization)?|bearer|token|secret|password)$/i;
const keyText = /mr_(live|test)_[0-9a-f]/i;

/** Throws `credential-in-url` if a query parameter is named like a credential or a key stands in the target. */
export function refuseCredentialInUrl(target: string): void {
  const query = target.includes('?') ? target.slice(target.indexOf('?') + 1) : '';
  const named = query.split('&').some((part) => credentialParameter.test(part.split('=', 1)[0] ?? ''));
  if (named || keyText.test(target)) throw new Problem('credential-in-url');
}
