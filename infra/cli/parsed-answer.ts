import { z } from 'zod';
import { exitCodes } from '../config/exit-codes.ts';
import { CliError } from './cli-error.ts';

/** The API's answer as this version knows it. Throws CliError (69) for one it does not know. */
export async function parsedAnswer<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  const read = schema.safeParse(await response.json());
  if (read.success) return read.data;
  throw new CliError(`the API's answer is not what this version knows: ${z.prettifyError(read.error)}`, {
    code: 'unknown-answer',
    exitCode: exitCodes.unavailable,
    next: 'npx millrace --version on both sides',
  });
}
