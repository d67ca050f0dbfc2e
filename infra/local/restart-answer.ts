import { z } from 'zod';

/** The launcher's answer to `restart`: under way (the status shows when it is done), or refused with the reason. */
export const restartAnswerSchema = z.discriminatedUnion('is', [
  z.object({ is: z.literal('restarting') }),
  z.object({
    is: z.literal('refused'),
    code: z.enum(['not-found', 'no-release', 'not-ready']),
    message: z.string(),
  }),
]);

export type RestartAnswer = z.infer<typeof restartAnswerSchema>;
