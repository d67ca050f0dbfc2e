import type { z } from 'zod';
import { holdsCardNumber } from './card-data.ts';
import type { FieldError } from './problem.ts';

type Issue = z.core.$ZodIssue;

/** What a schema found wrong, as pointers (RFC 6901) and our own words: no value of the input stands in them. */
export function toFieldErrors(error: z.ZodError, max = 20): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys.slice(0, max)) {
        errors.push({
          pointer: pointerTo([...issue.path, key]),
          code: 'unknown-property',
          message: 'not a property here',
        });
      }
    } else {
      errors.push({ pointer: pointerTo(issue.path), code: codeOf(issue), message: wantedBy(issue) });
    }
    if (errors.length >= max) break;
  }
  return errors.slice(0, max);
}

/** The pointer of a path. A name that is not plain is left out: a property name is input too. */
function pointerTo(path: readonly PropertyKey[]): string {
  const names = path.map(String);
  const odd = names.findIndex((name) => !/^[A-Za-z0-9_.$-]{1,64}$/.test(name) || holdsCardNumber(name));
  return (odd < 0 ? names : names.slice(0, odd)).map((name) => `/${name}`).join('');
}

const codes: ReadonlyMap<string, string> = new Map([
  ['invalid_type', 'wrong-type'],
  ['too_small', 'too-small'],
  ['too_big', 'too-big'],
  ['invalid_format', 'wrong-format'],
]);

const codeOf = (issue: Issue): string =>
  isMissing(issue) ? 'required' : (codes.get(issue.code) ?? 'not-valid');

const isMissing = (issue: Issue): boolean => 'input' in issue && issue.input === undefined;

function wantedBy(issue: Issue): string {
  if (isMissing(issue)) return 'must be there';
  if (issue.code === 'invalid_type') return `must be ${issue.expected}`;
  if (issue.code === 'too_small') return `at least ${issue.minimum} (${issue.origin})`;
  if (issue.code === 'too_big') return `at most ${issue.maximum} (${issue.origin})`;
  if (issue.code === 'invalid_format') return `must match ${issue.pattern ?? issue.format}`;
  if (issue.code === 'invalid_value')
    return `must be one of ${issue.values.slice(0, 20).map(String).join(', ')}`;
  return issue.code === 'custom' ? issue.message : 'not valid here';
}
