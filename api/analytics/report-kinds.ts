import { funnelBalances, funnelDimensions, funnelStatement, funnelSums } from './funnel-report.ts';
import { ordersDimensions, ordersStatement, ordersSums } from './orders-report.ts';
import { paymentsDimensions, paymentsStatement, paymentsSums } from './payments-report.ts';
import { refundsDimensions, refundsStatement, refundsSums } from './refunds-report.ts';
import { defineReport, type ReportKind } from './report-kind.ts';
import {
  funnelQuery,
  ordersQuery,
  paymentsQuery,
  refundsQuery,
  salesQuery,
  stockQuery,
  topSkusQuery,
} from './report-query.ts';
import {
  funnelAnswer,
  ordersAnswer,
  paymentsAnswer,
  refundsAnswer,
  salesAnswer,
  stockAnswer,
  topSkusAnswer,
} from './report-schemas.ts';
import {
  averageOf,
  isBySku,
  salesBucket,
  salesDimensions,
  salesStatement,
  salesSums,
  skuSums,
} from './sales-report.ts';
import { stockBalances, stockStatement, stockSums } from './stock-report.ts';
import { topSkusStatement, topSkusSums } from './top-skus-report.ts';

/** Every report of the API. */
export const reportKinds: readonly ReportKind[] = [
  defineReport({
    name: 'sales',
    query: salesQuery,
    answer: salesAnswer,
    shape: (query) => ({
      bucket: salesBucket(query),
      isOrdered: query.basis === 'ordered',
      dimensions: salesDimensions(query),
      balances: ['average_minor', 'unconfirmed_minor'],
      ...(isBySku(query) ? { sums: skuSums } : { sums: salesSums, totalOf: averageOf }),
    }),
    statement: salesStatement,
  }),
  defineReport({
    name: 'refunds',
    query: refundsQuery,
    answer: refundsAnswer,
    shape: (query) => ({
      bucket: query.bucket,
      dimensions: refundsDimensions(query),
      sums: refundsSums,
      balances: ['unknown_minor'],
    }),
    statement: refundsStatement,
  }),
  defineReport({
    name: 'payments',
    query: paymentsQuery,
    answer: paymentsAnswer,
    shape: (query) => ({
      bucket: query.bucket,
      dimensions: paymentsDimensions(query),
      sums: paymentsSums,
      balances: ['unknown_minor'],
    }),
    statement: paymentsStatement,
  }),
  defineReport({
    name: 'orders',
    query: ordersQuery,
    answer: ordersAnswer,
    shape: (query) => ({
      bucket: query.bucket,
      dimensions: ordersDimensions(query),
      sums: ordersSums(query),
    }),
    statement: ordersStatement,
  }),
  defineReport({
    name: 'funnel',
    query: funnelQuery,
    answer: funnelAnswer,
    shape: (query) => ({
      bucket: query.bucket,
      dimensions: funnelDimensions,
      sums: funnelSums,
      balances: funnelBalances,
    }),
    statement: funnelStatement,
  }),
  defineReport({
    name: 'top-skus',
    query: topSkusQuery,
    answer: topSkusAnswer,
    shape: () => ({ bucket: null, dimensions: ['currency', 'sku'], sums: topSkusSums }),
    statement: topSkusStatement,
  }),
  defineReport({
    name: 'stock',
    query: stockQuery,
    answer: stockAnswer,
    shape: (query) => ({
      journal: 'stock',
      bucket: query.bucket ?? null,
      dimensions: ['sku'],
      sums: stockSums,
      balances: stockBalances,
    }),
    statement: stockStatement,
  }),
];
