import { loadAvroSchema } from './avro-schema.ts';
import { generateTypes } from './generate-types.ts';
import { topicCatalogue } from './topic-catalogue.ts';

/** What `schemas/generated/` must hold: one file for each topic with a schema. A test compares. */
export function generatedTypes(): readonly { readonly file: string; readonly text: string }[] {
  return topicCatalogue.flatMap(({ schema }) => {
    if (schema === null) return [];
    const file = `${schema.replace(/\.v\d+$/, '').replaceAll('.', '-')}.ts`;
    return [{ file, text: generateTypes(loadAvroSchema(schema), `schemas/avro/${schema}.avsc`) }];
  });
}
