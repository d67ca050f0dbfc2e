import { readFileSync } from 'node:fs';

/** A parsed `.avsc` document. `closed` is ours: the closed set of values of a string (Avro ignores it). */
export type AvroSchema = string | AvroUnion | AvroComplex;
export type AvroUnion = readonly AvroSchema[];
export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly doc?: string;
  readonly default?: unknown;
}
export interface AvroComplex {
  readonly type: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly fields?: readonly AvroField[];
  readonly items?: AvroSchema;
  readonly symbols?: readonly string[];
  readonly closed?: readonly string[];
}

/** Reads `schemas/avro/<name>.avsc`. Throws if there is no such file or it is not JSON. */
export function loadAvroSchema(name: string): AvroComplex {
  const text = readFileSync(new URL(`./avro/${name}.avsc`, import.meta.url), 'utf8');
  return JSON.parse(text) as AvroComplex;
}
