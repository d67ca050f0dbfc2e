import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Role } from './roles.ts';
import { SetupError } from './setup-error.ts';

const rolesSchema = z.array(
  z.strictObject({
    role: z.string().regex(/^[a-z][a-z0-9]*$/),
    main: z.string(),
    instances: z.number().int().min(0).max(64),
  }),
);

/** Reads another role table (`[{"role","main","instances"}]`): more instances, or several roles in one process. Throws `SetupError`. */
export function readRolesFile(file: string): readonly Role[] {
  try {
    return rolesSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new SetupError(
      `${file} is no role table (${cause instanceof Error ? cause.message.split('\n').join(' ') : String(cause)}).`,
      'write [{"role":"stock","main":"processors/stock/main.ts","instances":2}]',
      { cause },
    );
  }
}
