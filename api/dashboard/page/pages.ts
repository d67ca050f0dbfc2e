import type { ComponentType } from 'preact';
import type { Session } from './api.ts';
import { ConsumersPage } from './consumers-page.tsx';
import { lazyPage } from './lazy-page.tsx';
import { OrderPage } from './order-page.tsx';
import { OrdersPage } from './orders-page.tsx';
import { OverviewPage } from './overview-page.tsx';
import type { PagePath } from './paths.ts';
import { PaymentsPage } from './payments-page.tsx';
import { SalesPage } from './sales-page.tsx';

export interface PageEntry {
  /** Name in the navigation. */
  readonly name: string;
  readonly path: PagePath;
  /** `g` and then this key leads there. */
  readonly key: string;
  /** What its questions need of the reader's key. */
  readonly scope: string;
  readonly Page: ComponentType<{ session: Session }>;
}

const DevelopersPage = lazyPage(async () => (await import('./developers-page.tsx')).DevelopersPage);
const StockPage = lazyPage(async () => (await import('./stock-page.tsx')).StockPage);
const ViewsPage = lazyPage(async () => (await import('./views-page.tsx')).ViewsPage);
const AuditPage = lazyPage(async () => (await import('./audit-page.tsx')).AuditPage);

/** The pages in the order of the navigation. */
export const pages: readonly PageEntry[] = [
  { name: 'Overview', path: '/', key: 'h', scope: 'analytics:read', Page: OverviewPage },
  { name: 'Orders', path: '/orders', key: 'o', scope: 'orders:read', Page: OrdersPage },
  { name: 'Developers', path: '/developers', key: 'd', scope: 'orders:read', Page: DevelopersPage },
  { name: 'Sales', path: '/sales', key: 's', scope: 'analytics:read', Page: SalesPage },
  { name: 'Payments', path: '/payments', key: 'p', scope: 'ops:read', Page: PaymentsPage },
  { name: 'Stock', path: '/stock', key: 'k', scope: 'orders:read', Page: StockPage },
  { name: 'Consumers', path: '/consumers', key: 'c', scope: 'ops:read', Page: ConsumersPage },
  { name: 'Views', path: '/views', key: 'v', scope: 'ops:read', Page: ViewsPage },
  { name: 'Audit', path: '/audit', key: 'a', scope: 'ops:read', Page: AuditPage },
];

const oneOrder: PageEntry = {
  name: 'Order',
  path: '/orders',
  key: '',
  scope: 'orders:read',
  Page: OrderPage,
};

/** The page of a path; undefined where there is none. */
export const pageOf = (path: string): PageEntry | undefined =>
  /^\/orders\/[^/]+$/.test(path) ? oneOrder : pages.find((page) => page.path === path);
