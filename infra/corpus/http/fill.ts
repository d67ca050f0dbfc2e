/** What `{{name}}` stands for; undefined = unknown. */
export type Placeholders = (name: string) => string | undefined;

const placeholder = /\{\{([^{}]+)\}\}/gsu;
const repeat = /^repeat:(.+):(\d+)$/su;
const pad = /^pad:(.):(\d+)$/su;

/** Names of placeholders of a text that are fixtures, without their suffixes; signatures and repeats are none. */
export function fixtureNames(text: string): ReadonlySet<string> {
  const names = [...text.matchAll(placeholder)].map(([, name = '']) => name);
  return new Set(
    names.filter((name) => !repeat.test(name) && !pad.test(name)).map((name) => splitName(name)[0]),
  );
}

/** A text with its placeholders filled in. Throws a RangeError on one that nobody knows. */
export function fill(text: string, placeholders: Placeholders): string {
  let filled = '';
  let at = 0;
  for (const match of text.matchAll(placeholder)) {
    const [whole, name = ''] = match;
    filled += text.slice(at, match.index);
    at = match.index + whole.length;
    const [, padding = '', width] = pad.exec(name) ?? [];
    // fills up what stands before it
    filled =
      width === undefined ? filled + valueOf(name, placeholders) : filled.padEnd(Number(width), padding);
  }
  return filled + text.slice(at);
}

/** `key.full:flip` is the fixture `key.full`, changed; `sig:valid` is a name of its own. */
function splitName(name: string): readonly [base: string, ...suffixes: readonly string[]] {
  const [first = '', ...rest] = name.split(':');
  if (first !== 'sig') return [first, ...rest];
  return [`sig:${rest[0] ?? ''}`, ...rest.slice(1)];
}

function valueOf(name: string, placeholders: Placeholders): string {
  const [, repeated, times] = repeat.exec(name) ?? [];
  if (repeated !== undefined) return repeated.repeat(Number(times));
  const [base, ...suffixes] = splitName(name);
  const value = placeholders(base);
  if (value === undefined) throw new RangeError(`the corpus names {{${name}}}, the runner does not know it`);
  return suffixes.reduce((text, suffix) => {
    const change = suffixed[suffix];
    if (!change) throw new RangeError(`the corpus names {{${name}}}, the runner does not know :${suffix}`);
    return change(text);
  }, value);
}

const suffixed: Readonly<Record<string, (value: string) => string>> = {
  upper: (value) => value.toUpperCase(),
  /** Without its last character. */
  short: (value) => value.slice(0, -1),
  /** With another last character. */
  flip: (value) => value.slice(0, -1) + (value.endsWith('A') ? 'B' : 'A'),
};
