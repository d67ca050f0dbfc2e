/** Paths of the shop's pages, as the server mounts them: each is answered with its `index.html`. */
export const shopPaths = ['/shop', '/shop/products/:sku', '/shop/cart', '/shop/orders/:id'] as const;

/** The page of a path, and the parameter in it as it was written; null where there is none. */
export type Place =
  | { readonly page: 'search' }
  | { readonly page: 'cart' }
  | { readonly page: 'product'; readonly sku: string }
  | { readonly page: 'order'; readonly orderId: string };

/** The page of an address's path; null: not the shop's. */
export function placeOf(path: string): Place | null {
  if (path === '/shop' || path === '/shop/') return { page: 'search' };
  if (path === '/shop/cart') return { page: 'cart' };
  const [, kind, text] = /^\/shop\/(products|orders)\/([^/]+)$/.exec(path) ?? [];
  if (text === undefined) return null;
  return kind === 'products'
    ? { page: 'product', sku: decoded(text) }
    : { page: 'order', orderId: decoded(text) };
}

/** As it stands there where it is no text in UTF-8: nothing is called that. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return text;
  }
}

export const productPath = (sku: string): string => `/shop/products/${encodeURIComponent(sku)}`;
export const orderPath = (orderId: string): string => `/shop/orders/${encodeURIComponent(orderId)}`;
