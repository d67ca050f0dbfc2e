import type { Pick } from './pick.ts';

/** Values that parsers and validators have stumbled over. */
const odd: readonly string[] = [
  'null',
  'true',
  '0',
  '-1',
  '1.5',
  '1e3',
  '1e400',
  '-0',
  '9007199254740993',
  '100000000000000000000',
  '""',
  '" "',
  '"\\u0000"',
  '"\\ud800"',
  '"\\u202e"',
  '"__proto__"',
  '"4111111111111111"',
  '"ＧＢＰ"',
  '"85123A\\n"',
  '[]',
  '{}',
  '[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]',
  '{"__proto__":{"a":1}}',
  '01',
  'NaN',
  "'x'",
];
const keys = ['__proto__', 'constructor', 'cvv', 'extra', '', 'customerid', 'lines ', 'toString'];

/** One token of JSON text, where it begins and ends. */
interface Token {
  readonly from: number;
  readonly to: number;
  readonly isKey: boolean;
}

/** Keys and plain values of a JSON text. */
function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null/g)].map((match) => {
    const to = match.index + match[0].length;
    return { from: match.index, to, isKey: /^\s*:/.test(text.slice(to, to + 8)) };
  });
}

/** The text with one of its values or keys changed, doubled, dropped or joined by another. */
export function mutateJson(text: string, pick: Pick): string {
  const tokens = tokensOf(text);
  const token = pick.of(tokens.filter(({ isKey }) => isKey === pick.chance(0.3)));
  if (!token) return pick.one(odd);
  const put = (value: string, { from, to } = token): string => text.slice(0, from) + value + text.slice(to);
  if (!token.isKey)
    return put(pick.chance(0.7) ? pick.one(odd) : nearValue(text.slice(token.from, token.to), pick));
  const name = text.slice(token.from, token.to);
  switch (pick.below(4)) {
    case 0:
      return put(JSON.stringify(pick.one(keys)));
    case 1: // stands twice
      return put(`${name}:${pick.one(odd)},${name}`);
    case 2:
      return put(`${JSON.stringify(pick.one(keys))}:${pick.one(odd)},${name}`);
    default: // spelled otherwise: the same key
      return put(`"\\u${name.charCodeAt(1).toString(16).padStart(4, '0')}${name.slice(2)}`);
  }
}

/** A value beside this one, which may be as good as it. */
function nearValue(value: string, pick: Pick): string {
  if (value.startsWith('"')) {
    const at = 1 + pick.below(Math.max(1, value.length - 2));
    return value.slice(0, at) + pick.one(['a', 'Z', '_', ' ', '.', 'é', '\\u0041']) + value.slice(at);
  }
  return /^-?\d+$/.test(value) ? String(Number(value) + pick.one([-1, 1, 10, 1_000, 99_999])) : value;
}
