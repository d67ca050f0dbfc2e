import type { AvroComplex, AvroField, AvroSchema } from './avro-schema.ts';

/**
 * Emits the TypeScript types of one envelope schema: an interface for each record, a union for the body.
 * Records of the body union get a `type` discriminator, their Avro name (the codec adds and removes it);
 * enums become unions of literals, since Node runs erasable syntax only; `closed` strings likewise, and their values
 * stand in a constant `<record><Field>Values` too, for those who check them.
 */
export function generateTypes(schema: AvroComplex, source: string): string {
  const interfaces = new Map<string, string>();
  const body = schema.fields?.find((field) => field.name === 'body')?.type;
  if (!Array.isArray(body)) throw new TypeError(`${source}: the envelope has no body union`);
  const envelope = nameOf(schema);
  const bodies = body.map((branch: AvroSchema) => {
    const record = branch as AvroComplex;
    emitRecord(record, interfaces, true);
    return nameOf(record);
  });
  const values = body.flatMap((branch: AvroSchema) => closedValues(branch as AvroComplex));
  const fields = (schema.fields ?? []).filter((field) => field.name !== 'body');
  const lines = fields.map((field) => emitField(field, interfaces));
  return [
    `// Generated from ${source} by \`npm run generate\`. Do not edit.`,
    '',
    ...interfaces.values(),
    `export type ${envelope}Body =\n${bodies.map((name) => `  | ${name}`).join('\n')};`,
    '',
    `${docOf(schema.doc, '')}export interface ${envelope}<B = ${envelope}Body> {\n${lines.join('\n')}\n  readonly body: B;\n}`,
    '',
    ...values,
    `export const ${envelope.toLowerCase()}BodyTypes = [\n${bodies.map((name) => `  '${name}',`).join('\n')}\n] as const;`,
    '',
  ].join('\n');
}

function emitRecord(record: AvroComplex, into: Map<string, string>, tagged: boolean): string {
  const name = nameOf(record);
  if (!into.has(name)) {
    into.set(name, '');
    const lines = (record.fields ?? []).map((field) => emitField(field, into));
    const tag = tagged ? [`  readonly type: '${name}';`] : [];
    into.delete(name);
    into.set(
      name,
      `${docOf(record.doc, '')}export interface ${name} {\n${[...tag, ...lines].join('\n')}\n}\n`,
    );
  }
  return name;
}

/** The constants of a body's own closed fields. */
function closedValues(record: AvroComplex): readonly string[] {
  const name = nameOf(record);
  return (record.fields ?? []).flatMap((field) => {
    const branches: readonly AvroSchema[] = Array.isArray(field.type) ? field.type : [field.type];
    const values = branches.flatMap((branch) => (branch as AvroComplex).closed ?? []);
    if (values.length === 0) return [];
    const constant = `${name.charAt(0).toLowerCase()}${name.slice(1)}${field.name.charAt(0).toUpperCase()}${field.name.slice(1)}Values`;
    const list = values.map((value) => `  '${value}',`).join('\n');
    return [`export const ${constant} = [\n${list}\n] as const;`, ''];
  });
}

function emitField(field: AvroField, into: Map<string, string>): string {
  return `${docOf(field.doc, '  ')}  readonly ${field.name}: ${typeOf(field.type, into)};`;
}

function typeOf(schema: AvroSchema, into: Map<string, string>): string {
  if (typeof schema === 'string') return primitive[schema] ?? schema.slice(schema.lastIndexOf('.') + 1);
  if (Array.isArray(schema)) {
    return [...schema]
      .map((branch: AvroSchema) => typeOf(branch, into))
      .sort(nullLast)
      .join(' | ');
  }
  const complex = schema as AvroComplex;
  const literals = complex.closed ?? (complex.type === 'enum' ? complex.symbols : undefined);
  if (literals) return literals.map((literal) => `'${literal}'`).join(' | ');
  if (complex.type === 'array') return `readonly ${wrap(typeOf(complex.items ?? 'null', into))}[]`;
  if (complex.type === 'record') return emitRecord(complex, into, false);
  const plain = primitive[complex.type];
  if (!plain) throw new TypeError(`no TypeScript type for Avro type ${complex.type}`);
  return plain;
}

const primitive: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  string: 'string',
  bytes: 'Uint8Array',
};

const nullLast = (a: string, b: string): number => Number(a === 'null') - Number(b === 'null');
const wrap = (type: string): string => (type.includes('|') ? `(${type})` : type);
const docOf = (doc: string | undefined, indent: string): string => (doc ? `${indent}/** ${doc} */\n` : '');

function nameOf(schema: AvroComplex): string {
  if (!schema.name) throw new TypeError('a record without a name');
  return schema.name;
}
