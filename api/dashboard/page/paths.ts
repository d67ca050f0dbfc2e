/** Paths of the dashboard's pages: the server answers each with `index.html`, as it does `/orders/<id>`. */
export const pagePaths = ['/', '/orders', '/sales', '/payments', '/stock', '/consumers'] as const;

export type PagePath = (typeof pagePaths)[number];
