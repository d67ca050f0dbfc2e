/**
 * Everybody who speaks to an engine, each with a user of its own there: the seven services, the deploy step, the people
 * at the command line, the auditor (reliability.md §8, Links). Analysts have one a store, in ClickHouse alone.
 */
export const principals = [
  'api',
  'catalogue',
  'stock',
  'orders',
  'payments',
  'views',
  'sink',
  'deploy',
  'operator',
  'auditor',
] as const;
export type Principal = (typeof principals)[number];

/** The user's name at every engine. */
export const userOf = (principal: Principal): string => `millrace-${principal}`;
