import type { Definition, ReportCatalogue } from './api.ts';
import { useLive } from './live.ts';

/** What each report's figures mean, in the API's own words; undefined until it told, and of a report it does not have. */
export function useDefinitions(): (report: string) => Definition | undefined {
  const { answer } = useLive<ReportCatalogue>('/v1/analytics');
  return (report) => answer?.reports.find(({ name }) => name === report);
}
