import { z } from 'zod';
import { ok } from '../http/answer.ts';
import { defineRoute, jsonType, type LiveRule, type Route } from '../http/route.ts';
import { comparedColumns } from './compared-columns.ts';
import { exportCompared } from './export-compared.ts';
import { type ExportDeps, exportReport } from './export-report.ts';
import { planReport } from './plan-report.ts';
import { reportCatalogue } from './report-catalogue.ts';
import type { Report } from './report.ts';
import type { CommonQuery, ReportKind } from './report-kind.ts';
import { reportKinds } from './report-kinds.ts';
import { catalogueAnswer } from './report-schemas.ts';
import { runReport, runWithColumns } from './run-report.ts';
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
    live: { everyMs: 60_000 }, // a definition changes with a release
    docs: {
      summary: 'Reports and their definitions',
      tag: 'Analytics',
      answers: { 200: { description: 'Every report', schema: catalogueAnswer } },
    },
    handle: async () => ok({ reports: listReports() }),
  }),
  ...reportKinds.map((kind) => reportRoute(deps, kind)),
];

/** Watched as JSON: what a report says of its question alone, such as when it was asked, is no change. */
const liveReport: LiveRule = {
  everyMs: 5_000,
  saysOf(body) {
    const { meta, ...figures } = JSON.parse(body) as Report;
    const { as_of: _at, lag_seconds: _lag, rows_read: _rows, elapsed_ms: _ms, ...said } = meta;
    return JSON.stringify([figures, said]);
  },
  refusal: (query) =>
    (query as CommonQuery).format === 'json'
      ? null
      : 'A stream has the JSON answer: leave format out, or ask without text/event-stream.',
};

function reportRoute(deps: AnalyticsDeps, kind: ReportKind): Route {
  const { title, definition } = reportCatalogue[kind.name];
  return defineRoute({
    ...common,
    path: `/v1/analytics/${kind.name}`,
    query: kind.query,
    live: liveReport,
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
      if (format === 'json') return ok(await runReport(deps, plan));
      if (plan.compare === undefined) {
        await deps.exports.enter(store, (signal) => exportReport(deps, plan, format, response, signal));
        return null;
      }
      if (format === 'parquet') {
        await deps.exports.enter(store, (signal) => exportCompared(deps, plan, response, signal));
        return null;
      }
      const { report, columns } = await runWithColumns(deps, plan); // rows of two ranges meet in memory
      const names = comparedColumns(plan, columns).map(({ name }) => name);
      return writeReport(report, format, names);
    },
  });
}

const listReports = () =>
  reportKinds.map(({ name }) => {
    const { version, ...told } = reportCatalogue[name];
    return { name, path: `/v1/analytics/${name}`, definition_version: version, ...told };
  });
