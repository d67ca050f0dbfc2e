import { createFindings, type Rule } from '../rule.ts';
import { digestOfValue, isPositionKey } from '../redis-dump.ts';

/**
 * I-15: Redis emptied and rebuilt from the log has the same keys with the same bytes as in the dump taken before. The
 * positions are left out: time went on between the two, and I-14 holds each to its journal.
 */
export function createI15(): Rule {
  const findings = createFindings('I-15');
  let wanted: Map<string, string> | null = null;

  return {
    id: 'I-15',
    begin({ given }) {
      wanted = given.rebuildOf && new Map(given.rebuildOf);
    },
    onRedis(_, { key, value }) {
      if (wanted === null || isPositionKey(key)) return;
      const before = wanted.get(key);
      wanted.delete(key);
      findings.check(
        before === digestOfValue(value),
        () => `${key} ${before === undefined ? 'was not there' : 'had another value'} before the rebuild`,
      );
    },
    end({ given }) {
      if (given.rebuildOf === null) return findings.report('no dump from before a rebuild was given');
      for (const key of wanted?.keys() ?? []) {
        if (!isPositionKey(key)) findings.violate(`${key} was there before the rebuild and is missing`);
      }
      return findings.report('the dump from before the rebuild and Redis are both empty');
    },
  };
}
