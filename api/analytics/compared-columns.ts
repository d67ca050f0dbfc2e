import type { AskedColumn } from './ask-clickhouse.ts';
import type { ReportPlan } from './run-report.ts';

/** A column of a comparison's rows. */
export interface ComparedColumn extends AskedColumn {
  /** An instant: text in our rows, a time of milliseconds in a file of types. */
  readonly isTime?: boolean;
}

/**
 * The columns of a comparison's rows, in their order (`toRow` of run-report.ts), of those of the engine's answer: also where
 * there is no row to take them from. What stands beside another range may be null.
 */
export function comparedColumns(
  { bucket, dimensions, hasWatermark }: ReportPlan,
  columns: readonly AskedColumn[],
): readonly ComparedColumn[] {
  const own = columns
    .filter(({ name }) => name !== 'bucket_s')
    .map(({ name, type }) => ({
      name,
      type: dimensions.includes(name) ? bare(type) : `Nullable(${bare(type)})`,
    }));
  const previous = own
    .filter(({ name }) => !dimensions.includes(name))
    .map(({ name, type }) => ({ name: `previous_${name}`, type }));
  if (bucket === null) return [...own, ...previous];
  return [
    { name: 'bucket', type: 'Int64', isTime: true },
    { name: 'bucket_local', type: 'String' },
    ...own,
    ...previous,
    { name: 'previous_bucket', type: 'Nullable(Int64)', isTime: true },
    ...(hasWatermark ? [{ name: 'partial', type: 'Bool' }] : []),
  ];
}

/** The type of the values alone. */
const bare = (type: string): string =>
  type.replace(/^(?:Nullable|LowCardinality)\((.*)\)$/, (_, of: string) => bare(of));
