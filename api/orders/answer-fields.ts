import { z } from 'zod';
import 'zod-openapi';

/** Fields that the answers about orders share. */
export const minor = z.int().meta({ description: 'Minor units of the currency.', example: 1530 });
export const instant = z
  .string()
  .meta({ description: 'RFC 3339, UTC, by the clock of the log.', example: '2026-01-02T03:04:05.678Z' });
export const claimedInstant = z.string().meta({
  description: 'RFC 3339, UTC, by the claim of the caller.',
  example: '2026-01-02T03:04:05.000Z',
});
export const pieces = z.array(z.object({ line: z.int(), sku: z.string(), quantity: z.int() }));

export const toInstant = (ms: number): string => new Date(ms).toISOString();
export const toInstantOrNull = (ms: number | null): string | null => (ms === null ? null : toInstant(ms));
