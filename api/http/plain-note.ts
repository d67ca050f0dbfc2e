import { z } from 'zod';
import 'zod-openapi';

/** Short and plain: it stands in the books for ever, so it is no place for names. */
export const plainNote = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/)
  .meta({ description: 'A short plain word or two, without personal data.', example: 'changed-mind' });
