/**
 * The canonical form of a JSON value (RFC 8785): keys by UTF-16 code units, numbers and strings as ECMAScript
 * writes them, no white space. `undefined` properties are left out. The depth of `value` must be bounded.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value);
}

function canonicalArray(items: readonly unknown[]): string {
  let text = '';
  for (const item of items) text += (text === '' ? '' : ',') + canonicalJson(item);
  return `[${text}]`;
}

/** `toSorted` without a comparator goes by UTF-16 code units. */
function canonicalObject(value: object): string {
  const fields = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const name of Object.keys(fields).toSorted()) {
    const field = fields[name];
    if (field !== undefined)
      text += `${(text === '' ? '' : ',') + JSON.stringify(name)}:${canonicalJson(field)}`;
  }
  return `{${text}}`;
}
