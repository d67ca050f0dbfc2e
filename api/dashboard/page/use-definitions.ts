import { ask, type Definition, type ReportCatalogue } from './api.ts';
import { useLive } from './live.ts';

/** A definition changes with a release. */
const everyMs = 3_600_000;

/** What each report's figures mean, in the API's own words; undefined until it told, and of a report it does not have. */
export function useDefinitions(): (report: string) => Definition | undefined {
  const { answer } = useLive('definitions', () => ask<ReportCatalogue>('/v1/analytics'), everyMs);
  return (report) => answer?.reports.find(({ name }) => name === report);
}
