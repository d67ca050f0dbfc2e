import { createFindings, type Rule } from '../rule.ts';
import type { AnalyticsRow, AskedAgain } from '../given.ts';

/** I-17: what an analytics answer said of buckets that ended by its `complete_until` is what it says when asked again. */
export function createI17(): Rule {
  const findings = createFindings('I-17');

  function compare({ question, before, after }: AskedAgain): void {
    const { completeUntilMs } = before;
    if (completeUntilMs === null) return;
    const isComplete = ({ toMs }: AnalyticsRow): boolean => toMs <= completeUntilMs;
    const now = new Map(after.rows.filter(isComplete).map((row) => [nameOf(row), row.values]));
    for (const row of before.rows.filter(isComplete)) {
      const name = nameOf(row);
      const values = now.get(name);
      now.delete(name);
      findings.check(
        values === row.values,
        () => `${question}: ${name} was ${row.values}, it is ${values ?? 'gone'} when asked again`,
      );
    }
    for (const [name, values] of now)
      findings.check(
        false,
        () => `${question}: ${name} (${values}) was not there, and its bucket was complete`,
      );
  }

  return {
    id: 'I-17',
    end({ given }) {
      if (given.answers === null) return findings.report('no answers recorded before were given');
      for (const one of given.answers) compare(one);
      return findings.report('no answer had a complete bucket');
    },
  };
}

const nameOf = ({ fromMs, group }: AnalyticsRow): string =>
  `${new Date(fromMs).toISOString()}${group === '' ? '' : ` ${group}`}`;
