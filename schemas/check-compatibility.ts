import { existsSync, readdirSync, readFileSync } from 'node:fs';
import avsc from 'avsc';
import type { AvroSchema } from './avro-schema.ts';

/** A version of a topic's schema that has stood on the log: never edited, never removed (messages §2). */
export interface PublishedSchema {
  readonly version: number;
  readonly schema: AvroSchema;
}

/** The published versions of a topic's schema, oldest first: `schemas/published/<topic>/<version>.avsc`. */
export function publishedSchemas(topic: string): readonly PublishedSchema[] {
  const folder = new URL(`./published/${topic}/`, import.meta.url);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => /^\d+\.avsc$/.test(file))
    .map((file) => ({
      version: Number.parseInt(file, 10),
      schema: JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as AvroSchema,
    }))
    .sort((a, b) => a.version - b.version);
}

/**
 * Why records of a published version would not be readable under `current`, one line a version; empty if all are
 * (BACKWARD_TRANSITIVE). A journal is kept for ever, so one line here is data that nobody can read any more.
 */
export function compatibilityFaults(
  current: AvroSchema,
  published: readonly PublishedSchema[],
): readonly string[] {
  const reader = avsc.Type.forSchema(current as avsc.Schema);
  return published.flatMap(({ version, schema }) => {
    try {
      reader.createResolver(avsc.Type.forSchema(schema as avsc.Schema));
      return [];
    } catch (error) {
      return [`version ${version} cannot be read: ${error instanceof Error ? error.message : String(error)}`];
    }
  });
}

/** Arrays whose items take no bytes: five bytes could ask for 10^8 of them (topic-avro-06). Paths in the schema. */
export function zeroSizeItems(schema: AvroSchema, path = ''): readonly string[] {
  if (typeof schema === 'string') return [];
  if (isUnion(schema)) return schema.flatMap((branch, i) => zeroSizeItems(branch, `${path}[${i}]`));
  const own =
    schema.type === 'array' && schema.items !== undefined && takesNoBytes(schema.items)
      ? [`${path}.items`]
      : [];
  return [
    ...own,
    ...zeroSizeItems(schema.items ?? 'string', `${path}.items`),
    ...(schema.fields ?? []).flatMap((field) => zeroSizeItems(field.type, `${path}.${field.name}`)),
  ];
}

function takesNoBytes(schema: AvroSchema): boolean {
  if (typeof schema === 'string') return schema === 'null';
  if (isUnion(schema)) return false;
  if (schema.type === 'record') return (schema.fields ?? []).every((field) => takesNoBytes(field.type));
  return schema.type === 'null';
}

const isUnion = (schema: AvroSchema): schema is readonly AvroSchema[] => Array.isArray(schema);
