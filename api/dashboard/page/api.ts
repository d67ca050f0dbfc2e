import type { components } from '../../client/generated/api-types.ts';

type Schemas = components['schemas'];
export type Order = Schemas['Order'] & { readonly expanded?: Schemas['ExpandedOrder'] };
export type ParkedOrder = Schemas['ParkedOrder'];
export type OrderPage = Schemas['OrderPage'];
export type Groups = Schemas['Groups'];
export type Group = Schemas['Group'];
export type StuckOrders = Schemas['StuckOrders'];
export type StockPage = Schemas['StockPage'];
export type Stock = Schemas['Stock'];
export type Reconciliation = Schemas['Reconciliation'];
export type AuditRecords = Schemas['AuditRecords'];
export type Views = Schemas['Views'];
export type KeyList = Schemas['KeyList'];
export type RequestLog = Schemas['RequestLog'];
export type Session = Schemas['Session'];
export type ReportCatalogue = Schemas['ReportCatalogue'];
export type Definition = ReportCatalogue['reports'][number];

/** One row of a report; amounts in minor units. */
export type Row = Readonly<Record<string, string | number | boolean | null>>;

/** A report of `/v1/analytics`. */
export interface Report {
  readonly data: readonly Row[];
  readonly totals: readonly Row[];
  readonly meta: {
    readonly complete_until: string | null;
    readonly as_of: string;
    readonly lag_seconds: number | null;
    readonly from: string;
    readonly to: string;
    readonly tz: string;
    readonly definition_version: number;
    readonly sql: string;
    readonly sql_parameters: Readonly<Record<string, unknown>>;
    /** The earlier range that the columns `previous_…` are of. */
    readonly compare?: { readonly from: string; readonly to: string };
  };
}

/** The server's own word (RFC 9457), or one of ours where it gave none. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly detail?: string;
  readonly requestId: string | null;
}

/** An answer that is no success; status 0 is an answer that never came. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly problem: ProblemBody;

  constructor(status: number, problem: ProblemBody) {
    super(problem.title);
    this.status = status;
    this.problem = problem;
  }
}

const withinMs = 15_000;

/** JSON of one request, trusted to be what its schema says: it is our own server's. Throws ApiProblem. */
export async function ask<T>(path: string, options: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(withinMs), cache: 'no-store' });
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ApiProblem(0, {
      type: 'no-answer',
      title: 'The server does not answer',
      detail,
      requestId: null,
    });
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok && body !== null) return body as T;
  const unnamed = { type: 'no-answer', title: `Status ${response.status}`, requestId: null };
  throw new ApiProblem(response.status, (body as ProblemBody | null) ?? unnamed);
}

/** A path with those of its parameters that have a value. */
export function withQuery(path: string, query: Readonly<Record<string, string | number | null>>): string {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === null || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** One stream of several resources, each by its path and query. */
export const withWatched = (paths: readonly string[]): string =>
  `/v1/live?${new URLSearchParams(paths.map((path) => ['watch', path]))}`;

/** The path of a report; also of its CSV, which a browser may open with the cookie alone. */
export const reportPath = (name: string, query: Readonly<Record<string, string | number | null>>): string =>
  withQuery(`/v1/analytics/${name}`, query);
