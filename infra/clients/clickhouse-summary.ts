/**
 * Sent by a client that never reads `X-ClickHouse-Summary`. A server does not know the header and pays nothing for its
 * summary; the local front has to ask its engine four times for the rows that an insert really wrote, which takes
 * longer than a small insert itself, and leaves the summary out.
 */
export const noSummary = { name: 'millrace-summary', value: 'none' } as const;
