import type { ComponentType } from 'preact';
import type { Session } from './api.ts';
import { ConsumersPage } from './consumers-page.tsx';
import { OrderPage } from './order-page.tsx';
import { OrdersPage } from './orders-page.tsx';
import { OverviewPage } from './overview-page.tsx';
import type { PagePath } from './paths.ts';
import { PaymentsPage } from './payments-page.tsx';
import { SalesPage } from './sales-page.tsx';
import { StockPage } from './stock-page.tsx';

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

/** The pages in the order of the navigation. */
export const pages: readonly PageEntry[] = [
  { name: 'Overview', path: '/', key: 'h', scope: 'analytics:read', Page: OverviewPage },
  { name: 'Orders', path: '/orders', key: 'o', scope: 'orders:read', Page: OrdersPage },
  { name: 'Sales', path: '/sales', key: 's', scope: 'analytics:read', Page: SalesPage },
  { name: 'Payments', path: '/payments', key: 'p', scope: 'ops:read', Page: PaymentsPage },
  { name: 'Stock', path: '/stock', key: 'k', scope: 'orders:read', Page: StockPage },
  { name: 'Consumers', path: '/consumers', key: 'c', scope: 'ops:read', Page: ConsumersPage },
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
