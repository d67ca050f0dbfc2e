/** Paths of the dashboard's pages: the server answers each with `index.html`, as it does `/orders/<id>`. */
export const pagePaths = [
  '/',
  '/orders',
  '/developers',
  '/sales',
  '/payments',
  '/stock',
  '/consumers',
  '/views',
  '/audit',
] as const;

export type PagePath = (typeof pagePaths)[number];

/** The order id in the path of its page; as it stands there where it is no text in UTF-8: no order is called that. */
export function orderIdOf(path: string): string {
  const written = path.slice('/orders/'.length);
  try {
    return decodeURIComponent(written);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return written;
  }
}
