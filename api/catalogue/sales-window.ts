import { z } from 'zod';
import 'zod-openapi';
import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { askClickhouse, beginAsking } from '../analytics/ask-clickhouse.ts';
import { completeUntilMs } from '../analytics/complete-until.ts';
import type { ReportRow, ReportStatement } from '../analytics/report.ts';
import { Problem } from '../http/problem.ts';
import { type Catalogue, type Product } from './catalogue.ts';
import { productAnswer, toProductAnswer } from './get-product.ts';

/** What the routes need that count sales for shoppers. */
export interface SalesCountParts {
  readonly catalogue: Catalogue;
  readonly clickhouse: ClickHouseClient;
  /** Of the orders journal. */
  readonly partitions: number;
  /** Order lines one statement may read; more is refused before it begins. Default: `rowsToReadMaxDefault`. */
  readonly rowsToReadMax?: number;
}

/** A shopper waits beside a page that works without: a twenty-fifth of what a report may read, and a fifth of its time. */
const rowsToReadMaxDefault = 20_000_000;
const answerWithinMs = 5_000;
/** Of 24 hours, ms. */
export const dayMs = 86_400_000;

/** Days of 24 hours as a query parameter: what `pattern` lets in, 1 to `most`; `fallback` without it. */
export const daysQuery = (
  { most, pattern }: { readonly most: number; readonly pattern: RegExp },
  fallback: number,
  description: string,
) =>
  z
    .string()
    .regex(pattern)
    .transform(Number)
    .prefault(String(fallback))
    .meta({
      description: `${description} 1 to ${most} days of 24 hours; ${fallback} without it.`,
      example: String(fallback),
      override: { type: 'string' },
    });

/** Rows of a short list, 1 to 50, as a query parameter. */
export const shortLimitQuery = z
  .string()
  .regex(/^([1-9]|[1-4]\d|50)$/)
  .transform(Number)
  .prefault('10')
  .meta({ description: 'Rows, 1 to 50; 10 without it.', example: '10', override: { type: 'string' } });

/** What both answers say of their range. */
export const windowAnswer = {
  from: z.string().meta({ description: 'Sales from this instant on are counted. RFC 3339, UTC.' }),
  completeUntil: z
    .string()
    .meta({ description: 'To this instant, before which every sale is known. RFC 3339, UTC.' }),
};

/** The product of a row as the catalogue has it now. */
export const productOfRow = productAnswer
  .nullable()
  .meta({ description: 'As the catalogue has it now; null: no longer on sale.' });

export const toProductOfRow = (product: Product | undefined): z.output<typeof productOfRow> =>
  product ? toProductAnswer(product) : null;

/** A range of the log's clock that has no open end: nothing can still come into it. */
export interface SalesWindow {
  readonly fromMs: number;
  /** Not included. */
  readonly toMs: number;
}

/**
 * Asks one statement about the sales of the last `days` × 24 h before `complete_until`: two such answers about the same
 * window are the same for ever. Throws `view-behind` while no watermark is known, `range-too-wide` where too many order
 * lines would be read, `view-unavailable` where ClickHouse is away or slow.
 */
export async function askSales(
  { clickhouse, partitions, rowsToReadMax = rowsToReadMaxDefault }: SalesCountParts,
  days: number,
  statementOf: (window: SalesWindow) => ReportStatement,
): Promise<{ readonly window: SalesWindow; readonly rows: readonly ReportRow[] }> {
  const asking = beginAsking(clickhouse, answerWithinMs);
  const toMs = await completeUntilMs(asking, partitions);
  if (toMs === null) {
    throw new Problem('view-behind', {
      detail: 'The ledger has not read every partition yet. Ask again after Retry-After seconds.',
      retryAfterSeconds: 5,
    });
  }
  const window = { fromMs: toMs - days * dayMs, toMs };
  try {
    return { window, rows: (await askClickhouse(asking, statementOf(window), rowsToReadMax)).rows };
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'range-too-wide') throw error;
    throw new Problem('range-too-wide', {
      detail: `More than ${rowsToReadMax} order lines lie in these days; nothing was read. Ask for fewer days.`,
      cause: error,
    });
  }
}
