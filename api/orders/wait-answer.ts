import { z } from 'zod';
import type { OrderWait } from '../../schemas/order-waits.ts';
import { instant, toInstantOrNull } from './answer-fields.ts';

/** Whom an order waits for. */
export const waitAnswer = z.object({
  whom: z.enum(['stock', 'provider', 'customer', 'warehouse', 'person']),
  what: z.string(),
  since: instant.nullable(),
  until: instant.nullable().meta({ description: 'null: no deadline.' }),
  next: z.string().nullable().meta({ description: 'What happens then.' }),
  nextCheckAt: instant.nullable(),
});

export const toWait = ({
  whom,
  what,
  sinceMs,
  untilMs,
  next,
  nextCheckAtMs,
}: OrderWait): z.output<typeof waitAnswer> => ({
  whom,
  what,
  since: toInstantOrNull(sinceMs),
  until: toInstantOrNull(untilMs),
  next,
  nextCheckAt: toInstantOrNull(nextCheckAtMs),
});
