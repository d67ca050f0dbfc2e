import { z } from 'zod';

/** The launcher's answer to `scale`: under way (the status shows when it is done), or refused with the reason. */
export const scaleAnswerSchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('scaling'), from: z.number(), to: z.number() }),
  z.object({
    is: z.literal('refused'),
    code: z.enum(['not-found', 'too-many', 'not-ready']),
    message: z.string(),
  }),
]);

export type ScaleAnswer = z.infer<typeof scaleAnswerSchema>;
