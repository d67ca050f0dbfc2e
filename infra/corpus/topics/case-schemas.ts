import type { AvroComplex, AvroField, AvroSchema } from '../../../schemas/avro-schema.ts';
import { publishedSchemas } from '../../../schemas/check-compatibility.ts';
import { schemaOfTopic, topicCatalogue } from '../../../schemas/topic-catalogue.ts';

/** A schema the registry of the corpus holds. */
export interface HeldSchema {
  readonly id: number;
  readonly topic: string;
  readonly version: number;
  readonly schema: AvroSchema;
}

const topics = topicCatalogue.filter(({ schema }) => schema !== null).map(({ name }) => name);

/** What a deploy of this build would have registered: every published version, the last is ours. */
export const deployedSchemas: readonly HeldSchema[] = topics.flatMap((topic, at) =>
  publishedSchemas(topic).map(({ version, schema }) => ({
    id: 100 * (at + 1) + version,
    topic,
    version,
    schema,
  })),
);

/** The schema this build writes to a topic. */
export function currentSchema(topic: string): HeldSchema {
  const last = deployedSchemas.findLast((held) => held.topic === topic);
  if (!last) throw new RangeError(`${topic} has no schema`);
  return last;
}

/** The id behind `{{schema.current}}` (of the record's own topic) or `{{schema.stock.commands}}`. */
export const schemaIdOf = (name: string, topic: string): number =>
  currentSchema(name === 'current' ? topic : `${name}.v1`).id;

/**
 * A later or earlier schema of a topic, by the name a case gives it; `symbols` are those that a new one brings to
 * every enum. Throws a RangeError for any other name.
 */
export function variantSchema(topic: string, name: string, symbols: readonly string[] = []): HeldSchema {
  const current = currentSchema(topic);
  if (name === 'current') return current;
  const versions = publishedSchemas(topic);
  if (name === 'previous') return deployedSchemas.find((held) => held.topic === topic) ?? current;
  const change = variants[name];
  if (!change) throw new RangeError(`the corpus has no schema ${name}`);
  const id = 10_000 + 100 * topics.indexOf(topic) + Object.keys(variants).indexOf(name);
  const schema = change(structuredClone(schemaOfTopic(topic)) as AvroComplex, symbols);
  return { id, topic, version: versions.length + 1, schema };
}

const optional: AvroField = { name: 'addedLater', type: ['null', 'string'], default: null };
/** The body that `next-new-type` brings. */
export const newType = 'OrderSplit';

type Change = (schema: AvroComplex, symbols: readonly string[]) => AvroComplex;

const variants: Readonly<Record<string, Change>> = {
  /** A field with a default in the envelope and in every body. */
  'next-compatible': (schema) =>
    withFields(
      withBodies(schema, (body) => withFields(body, optional)),
      optional,
    ),
  /** A field without which this build cannot read the record has another name. */
  'next-incompatible': (schema) => ({
    ...schema,
    fields: (schema.fields ?? []).map((field) =>
      field.name === 'store' || field.name === 'seq' ? { ...field, name: `${field.name}2` } : field,
    ),
  }),
  'next-new-symbol': (schema, symbols) => withSymbols(schema, symbols) as AvroComplex,
  'next-new-type': (schema) => ({
    ...schema,
    fields: (schema.fields ?? []).map((field) =>
      field.name === 'body'
        ? {
            ...field,
            type: [...(field.type as readonly AvroSchema[]), { type: 'record', name: newType, fields: [] }],
          }
        : field,
    ),
  }),
};

const withFields = (record: AvroComplex, field: AvroField): AvroComplex => ({
  ...record,
  fields: insertBeforeBody(record.fields ?? [], field),
});

/** The body stands last in every envelope. */
function insertBeforeBody(fields: readonly AvroField[], field: AvroField): readonly AvroField[] {
  const last = fields.at(-1);
  return last?.name === 'body' ? [...fields.slice(0, -1), field, last] : [...fields, field];
}

const withBodies = (schema: AvroComplex, change: (body: AvroComplex) => AvroComplex): AvroComplex => ({
  ...schema,
  fields: (schema.fields ?? []).map((field) =>
    field.name === 'body' ? { ...field, type: (field.type as readonly AvroComplex[]).map(change) } : field,
  ),
});

/** What Avro takes for a symbol: no dash. */
export const symbolOf = (text: string): string => text.replace(/[^A-Za-z0-9_]/g, '_');

function withSymbols(schema: AvroSchema, added: readonly string[]): AvroSchema {
  if (typeof schema === 'string') return schema;
  if (Array.isArray(schema)) return schema.map((branch: AvroSchema) => withSymbols(branch, added));
  const complex = schema as AvroComplex;
  const { symbols, items, fields } = complex;
  return {
    ...complex,
    ...(symbols ? { symbols: [...new Set([...symbols, ...added.map(symbolOf)])] } : {}),
    ...(items ? { items: withSymbols(items, added) } : {}),
    ...(fields
      ? { fields: fields.map((field) => ({ ...field, type: withSymbols(field.type, added) })) }
      : {}),
  };
}
