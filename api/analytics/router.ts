import { z } from 'zod';
import { ok } from '../http/answer.ts';
import { defineRoute, jsonType, type Route } from '../http/route.ts';
import { Problem } from '../http/problem.ts';
import { type ExportDeps, exportReport } from './export-report.ts';
import { planReport } from './plan-report.ts';
import { reportCatalogue } from './report-catalogue.ts';
import type { CommonQuery, ReportKind } from './report-kind.ts';
import { reportKinds } from './report-kinds.ts';
import { catalogueAnswer } from './report-schemas.ts';
import { runReport } from './run-report.ts';
import { exportTypes, writeReport } from './write-report.ts';

export interface AnalyticsDeps extends ExportDeps {
  /** IANA zone of a store: it cuts the days where the request names none. */
  readonly timeZoneOf: (store: string) => string;
}

const common = {
  method: 'GET',
  scope: 'analytics:read',
  lane: 'reports',
  idempotencyKey: 'none',
  params: {},
  produces: [jsonType],
} as const;

/** The reports under `/v1/analytics`. Each answers for the store of the credential alone. */
export const analyticsRoutes = (deps: AnalyticsDeps): readonly Route[] => [
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
  ...reportKinds.map((kind) => reportRoute(deps, kind)),
];

function reportRoute(deps: AnalyticsDeps, kind: ReportKind): Route {
  const { title, definition } = reportCatalogue[kind.name];
  return defineRoute({
    ...common,
    path: `/v1/analytics/${kind.name}`,
    query: kind.query,
    docs: {
      summary: title,
      description: definition,
      tag: 'Analytics',
      answers: {
        200: { description: 'The report; the other formats give its rows alone', schema: kind.answer },
      },
      otherTypes: exportTypes,
      problems: ['invalid-query', 'range-too-wide', 'view-behind', 'view-unavailable'],
    },
    handle: async ({ principal: { store }, query, response }) => {
      const plan = planReport(kind, { store, query, timeZone: deps.timeZoneOf(store), nowMs: deps.nowMs() });
      const { format } = query as unknown as CommonQuery;
      if (format === 'json') return writeReport(await runReport(deps, plan), format);
      if (plan.compare === undefined) {
        await deps.exports.enter(store, (signal) => exportReport(deps, plan, format, response, signal));
        return null;
      }
      if (format === 'parquet') {
        throw new Problem('invalid-query', { detail: 'compare is answered as json, csv or ndjson.' });
      }
      return writeReport(await runReport(deps, plan), format); // rows of two ranges meet in memory
    },
  });
}

const listReports = () =>
  reportKinds.map(({ name }) => {
    const { version, ...told } = reportCatalogue[name];
    return { name, path: `/v1/analytics/${name}`, definition_version: version, ...told };
  });
