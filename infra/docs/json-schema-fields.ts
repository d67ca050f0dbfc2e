import { code } from './markdown.ts';

/** What a page shows of a JSON Schema; all else is in the OpenAPI document. */
export interface FieldSchema {
  readonly type?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly items?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, unknown>>;
}

const plain = (value: unknown): string => code(typeof value === 'string' ? value : JSON.stringify(value));

const isSchema = (value: unknown): value is FieldSchema => typeof value === 'object' && value !== null;

interface Field {
  readonly path: string;
  readonly isNeeded: boolean;
  readonly types: readonly string[];
  readonly meaning: string;
}

/** Rows `name, type, meaning` of an object's fields, nested ones as `lines[].sku`; `?` marks what may be left out. */
export const fieldRows = (schema: unknown): readonly (readonly string[])[] =>
  fieldsOf(schema, '', schema).map(({ path, isNeeded, types, meaning }) => [
    code(`${path}${isNeeded ? '' : '?'}`),
    types.join(', '),
    meaning,
  ]);

/** The fields of an object; of a union each field once, needed where every branch needs it, with all its types. */
function fieldsOf(schema: unknown, prefix: string, root: unknown): readonly Field[] {
  const object = resolve(schema, root);
  const branches = object.anyOf ?? object.oneOf;
  if (branches) {
    const all = branches.flatMap((branch) => fieldsOf(branch, prefix, root));
    return [...Map.groupBy(all, ({ path }) => path)].map(([path, same]) => ({
      path,
      isNeeded: same.length === branches.length && same.every(({ isNeeded }) => isNeeded),
      types: [...new Set(same.flatMap(({ types }) => types))],
      meaning: [...new Set(same.map(({ meaning }) => meaning))].join(' ').trim(),
    }));
  }
  return Object.entries(object.properties ?? {}).flatMap(([name, value]) => {
    const field = resolve(value, root);
    const isList = field.type === 'array';
    const path = `${prefix}${name}`;
    const isNeeded = object.required?.includes(name) ?? false;
    const own = { path, isNeeded, types: [typeText(field, root)], meaning: meaningOf(field) };
    return [own, ...fieldsOf(isList ? field.items : field, `${path}${isList ? '[]' : ''}.`, root)];
  });
}

function resolve(value: unknown, root: unknown): FieldSchema {
  if (!isSchema(value)) return {};
  const name = value.$ref?.replace('#/$defs/', '');
  if (name === undefined || !isSchema(root)) return value;
  const target = root.$defs?.[name];
  return isSchema(target) ? { ...target, ...value } : value;
}

function typeText(field: FieldSchema, root: unknown): string {
  const branches = field.anyOf ?? field.oneOf;
  if (branches)
    return [...new Set(branches.map((branch) => typeText(resolve(branch, root), root)))].join(' or ');
  if (field.const !== undefined) return plain(field.const);
  if (field.enum) return field.enum.map(plain).join(', ');
  if (field.type === 'array') return `list of ${typeText(resolve(field.items, root), root)}`;
  return typeof field.type === 'string' ? `${field.type}${limitText(field)}` : 'any';
}

/** ` of 1 to 64`, ` at most 100`: what the schema says; the bounds of a safe integer say nothing. */
function limitText(field: FieldSchema): string {
  const [low, high] =
    field.type === 'string' ? [field.minLength, field.maxLength] : [field.minimum, field.maximum];
  const hasLow = low !== undefined && low > Number.MIN_SAFE_INTEGER;
  const hasHigh = high !== undefined && high < Number.MAX_SAFE_INTEGER;
  if (hasLow && hasHigh) return ` of ${low} to ${high}`;
  return hasHigh ? ` of at most ${high}` : hasLow ? ` of at least ${low}` : '';
}

const meaningOf = ({ description, default: fallback }: FieldSchema): string =>
  [description ?? '', fallback === undefined ? '' : `Default ${plain(fallback)}.`]
    .filter((text) => text !== '')
    .join(' ');
