import { z } from 'zod';
import { Problem } from './problem.ts';

/** Query parameters a route knows: a strict object of string schemas, each parameter at most once but those that are arrays. */
export type QuerySchema = z.ZodObject<Record<string, z.ZodType<unknown, string | string[] | undefined>>>;

/**
 * The parameters of a request target, parsed by the route's schema. Unknown or repeated parameters, broken
 * percent encoding and unusable values throw `invalid-query`; none of them is echoed.
 */
export function parseQuery<S extends QuerySchema>(target: string, schema: S): z.output<S> {
  const at = target.indexOf('?');
  const given =
    at < 0
      ? []
      : target
          .slice(at + 1)
          .split('&')
          .filter((part) => part !== '')
          .map(toPair);
  const values = Object.create(null) as Record<string, string | string[]>;
  for (const [name, value] of given) {
    if (!Object.hasOwn(schema.shape, name)) throw invalid(`This route takes ${listOf(schema)}.`);
    const before = values[name];
    if (schema.shape[name] instanceof z.ZodArray) values[name] = Array.of(before ?? [], value).flat();
    else if (before === undefined) values[name] = value;
    else throw invalid(`${name} stands twice.`);
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const names = parsed.error.issues.map((issue) => String(issue.path[0]));
  throw invalid(`Not usable: ${[...new Set(names)].join(', ')}. /openapi.json says what each takes.`);
}

const invalid = (detail: string): Problem => new Problem('invalid-query', { detail });

const listOf = (schema: QuerySchema): string => Object.keys(schema.shape).join(', ') || 'no query parameter';

function toPair(part: string): readonly [string, string] {
  const [name = '', ...rest] = part.split('=');
  try {
    return [decodeURIComponent(name), decodeURIComponent(rest.join('=').replaceAll('+', ' '))];
  } catch {
    throw invalid('The percent encoding of a parameter is broken.'); // decodeURIComponent has no other error
  }
}
