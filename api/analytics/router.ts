import { z } from 'zod';
import { ok } from '../http/answer.ts';
import { defineRoute, jsonType, type Route } from '../http/route.ts';
import { ordersStatement, ordersSums } from './orders-report.ts';
import { paymentsStatement, paymentsSums } from './payments-report.ts';
import { refundsStatement, refundsSums } from './refunds-report.ts';
import { type ReportName, reportCatalogue } from './report-catalogue.ts';
import { moneyQuery, ordersQuery, salesQuery, topSkusQuery } from './report-query.ts';
import {
  catalogueAnswer,
  ordersAnswer,
  paymentsAnswer,
  refundsAnswer,
  salesAnswer,
  topSkusAnswer,
} from './report-schemas.ts';
import { type ReportDeps, runReport } from './run-report.ts';
import { averageOf, isBySku, salesStatement, salesSums, skuSums } from './sales-report.ts';
import { type Bucket, type TimeRange, toTimeRange } from './time-range.ts';
import { topSkusStatement } from './top-skus-report.ts';
import { exportTypes, writeReport } from './write-report.ts';

export interface AnalyticsDeps extends ReportDeps {
  /** IANA zone of a store: it cuts the days where the request names none. */
  readonly timeZoneOf: (store: string) => string;
}

const minuteMs = 60_000;
const dayMs = 86_400_000;

const common = {
  method: 'GET',
  scope: 'analytics:read',
  lane: 'reports',
  idempotencyKey: 'none',
  params: {},
  produces: [jsonType],
} as const;
const problems = ['invalid-query', 'range-too-wide', 'view-unavailable'] as const;
const docsOf = (name: ReportName, schema: z.ZodType) => ({
  summary: reportCatalogue[name].title,
  description: reportCatalogue[name].definition,
  tag: 'Analytics',
  answers: { 200: { description: 'The report; format=csv and ndjson give its rows alone', schema } },
  otherTypes: exportTypes,
  problems,
});

/** The reports under `/v1/analytics`. Each answers for the store of the credential alone. */
export function analyticsRoutes(deps: AnalyticsDeps): readonly Route[] {
  /** Up to now and, by the caller's clock, a day ahead (the furthest an orderedAt may lie); whole minutes. */
  const latestMs = (aheadMs = 0): number => (Math.floor(deps.nowMs() / minuteMs) + 1) * minuteMs + aheadMs;
  const within = (query: Spanned, tz: string, bucket: Bucket, aheadMs = 0): TimeRange =>
    toTimeRange({ from: query.from, to: query.to, tz, bucket }, latestMs(aheadMs));

  return [
    defineRoute({
      ...common,
      path: '/v1/analytics',
      query: z.strictObject({}),
      docs: {
        summary: 'Reports and their definitions',
        tag: 'Analytics',
        answers: { 200: { description: 'Every report', schema: catalogueAnswer } },
      },
      handle: async () => ok({ reports: listReports() }),
    }),
    defineRoute({
      ...common,
      path: '/v1/analytics/sales',
      query: salesQuery,
      docs: docsOf('sales', salesAnswer),
      handle: async ({ principal: { store }, query }) => {
        const tz = query.tz ?? deps.timeZoneOf(store);
        const isOrdered = query.basis === 'ordered';
        const range = within(query, tz, query.bucket, isOrdered ? dayMs : 0);
        const report = await runReport(deps, {
          ...named('sales'),
          statement: salesStatement(store, query, tz, range),
          range,
          tz,
          bucket: query.bucket,
          hasWatermark: !isOrdered,
          ...(isBySku(query) ? { sums: skuSums } : { sums: salesSums, totalOf: averageOf }),
        });
        return writeReport(report, query.format);
      },
    }),
    defineRoute({
      ...common,
      path: '/v1/analytics/orders',
      query: ordersQuery,
      docs: docsOf('orders', ordersAnswer),
      handle: async ({ principal: { store }, query }) => {
        const tz = query.tz ?? deps.timeZoneOf(store);
        const range = within(query, tz, query.bucket);
        const report = await runReport(deps, {
          ...named('orders'),
          statement: ordersStatement(store, query.bucket, tz, range),
          range,
          tz,
          bucket: query.bucket,
          hasWatermark: true,
          sums: ordersSums,
        });
        return writeReport(report, query.format);
      },
    }),
    ...moneyReports.map(({ name, answer, statement, sums }) =>
      defineRoute({
        ...common,
        path: `/v1/analytics/${name}`,
        query: moneyQuery,
        docs: docsOf(name, answer),
        handle: async ({ principal: { store }, query }) => {
          const tz = query.tz ?? deps.timeZoneOf(store);
          const range = within(query, tz, query.bucket);
          const report = await runReport(deps, {
            ...named(name),
            statement: statement(store, query, tz, range),
            range,
            tz,
            bucket: query.bucket,
            hasWatermark: true,
            sums,
          });
          return writeReport(report, query.format);
        },
      }),
    ),
    defineRoute({
      ...common,
      path: '/v1/analytics/top-skus',
      query: topSkusQuery,
      docs: docsOf('top-skus', topSkusAnswer),
      handle: async ({ principal: { store }, query }) => {
        const tz = query.tz ?? deps.timeZoneOf(store);
        const range = within(query, tz, 'day');
        const report = await runReport(deps, {
          ...named('top-skus'),
          statement: topSkusStatement(store, query, range),
          range,
          tz,
          bucket: null,
          hasWatermark: true,
          sums: ['units', 'gross_minor'],
        });
        return writeReport(report, query.format);
      },
    }),
  ];
}

/** Reports of what becomes of money, alike in all but their statement. */
const moneyReports = [
  { name: 'refunds', answer: refundsAnswer, statement: refundsStatement, sums: refundsSums },
  { name: 'payments', answer: paymentsAnswer, statement: paymentsStatement, sums: paymentsSums },
] as const;

interface Spanned {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const named = (report: ReportName) => ({ report, definitionVersion: reportCatalogue[report].version });

const listReports = () =>
  Object.entries(reportCatalogue).map(([name, { version, ...told }]) => ({
    name,
    path: `/v1/analytics/${name}`,
    definition_version: version,
    ...told,
  }));
