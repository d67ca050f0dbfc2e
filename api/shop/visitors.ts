import { randomBytes } from 'node:crypto';
import type { Principal, StoreDirectory } from '../auth/store-directory.ts';
import { parseApiKey, type Scope } from '../../schemas/api-key.ts';
import { formatVisitor, readVisitor, type Visitor } from './visitor-token.ts';

/** A demo is looked at for a day, and its orders for some more. */
const visitMs = 30 * 86_400_000;
/** Whatever the shop's key may do besides. */
const visitorScopes: readonly Scope[] = ['orders:read', 'orders:write'];

export interface VisitorParts {
  readonly directory: Pick<StoreDirectory, 'authenticate' | 'isCurrent'>;
  /** Text of the key whose store the shop sells for (`MILLRACE_SHOP_KEY`); empty: there is no shop. */
  readonly shopKey: string;
  /** Signs the tokens; the same for every API process. */
  readonly secret: string;
}

/**
 * Who may call: the owners of keys, and the visitors of the shop, each of whom is one customer of the store of the shop's
 * key. A visitor is let in while that key would be: once it is revoked or over, so are they all.
 */
export class Visitors {
  readonly #parts: VisitorParts;
  readonly #keyId: string | null;

  constructor(parts: VisitorParts) {
    this.#parts = parts;
    this.#keyId = parseApiKey(parts.shopKey)?.keyId ?? null;
  }

  /** The caller of a credential's text, a key or a visitor's token; null: nobody. */
  authenticate(text: string, nowMs: number): Principal | null {
    const { directory, secret } = this.#parts;
    if (!text.startsWith('mv1.')) return directory.authenticate(text, nowMs);
    const visitor = this.#keyId === null ? null : readVisitor(secret, this.#keyId, text, nowMs);
    const shop = visitor && this.shop(nowMs);
    if (!shop) return null;
    const scopes = new Set(visitorScopes.filter((scope) => shop.scopes.has(scope)));
    const { customerId, endsAtMs } = visitor;
    return { ...shop, scopes, customerId, visit: { endsAtMs, shop } };
  }

  /** True while a caller who was found would be found again just so: a visitor until his token or the shop's key is over. */
  isCurrent(caller: Principal, nowMs: number): boolean {
    const { directory } = this.#parts;
    const { visit } = caller;
    return visit
      ? nowMs < visit.endsAtMs && directory.isCurrent(visit.shop, nowMs)
      : directory.isCurrent(caller, nowMs);
  }

  /** Whose shop it is now; null where there is none, or its key opens nothing. */
  shop(nowMs: number): Principal | null {
    const { directory, shopKey } = this.#parts;
    return this.#keyId === null ? null : directory.authenticate(shopKey, nowMs);
  }

  /** A newcomer and his token, under a name nobody has had; null where there is no shop. */
  welcome(nowMs: number): (Visitor & { readonly token: string; readonly store: string }) | null {
    const shop = this.shop(nowMs);
    if (!shop || this.#keyId === null) return null;
    const visitor = {
      customerId: `visitor-${randomBytes(16).toString('hex')}`,
      endsAtMs: nowMs + visitMs,
    };
    return { ...visitor, store: shop.store, token: formatVisitor(this.#parts.secret, this.#keyId, visitor) };
  }
}
