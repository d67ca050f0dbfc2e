import { z } from 'zod';
import 'zod-openapi';

/** Entries of a page whose reader names no limit. */
export const limitDefault = 20;

/** The parameter `limit` of a list, 1 to 100 as text. `description` says of what. */
export const limitQuery = (description: string) =>
  z
    .string()
    .regex(/^([1-9]\d?|100)$/)
    .transform(Number)
    .optional()
    .meta({ description, example: String(limitDefault), override: { type: 'string' } });

/** The parameter `cursor` of a list: what an answer of the same list gave, opaque to its reader. */
export const cursorQuery = (description: string) =>
  z.string().min(1).max(300).optional().meta({ description });

/** `nextCursor` of a page's answer. */
export const nextCursorAnswer = z.string().nullable().meta({ description: 'Null on the last page.' });
