import avsc from 'avsc';
import type { AvroComplex } from '../../../schemas/avro-schema.ts';
import type { Body } from '../../../schemas/envelope.ts';
import type { HeldSchema } from './case-schemas.ts';
import type { Spoiling } from './topic-case.ts';
import type { Fields } from './valid-record.ts';

/** The schema has no place for what a case wants written: no producer could have sent it. */
export class Unencodable extends Error {
  override readonly name = 'Unencodable';
}

/** The bytes of an envelope under any schema of its topic: header, then Avro. Throws Unencodable. */
export function encodeUnder(
  { schema }: HeldSchema,
  id: number,
  envelope: Fields & { readonly body: Body & Fields },
): Buffer {
  const { type, ...body } = envelope.body;
  const fields = (schema as AvroComplex).fields ?? [];
  const branches = fields.find(({ name }) => name === 'body')?.type as readonly AvroComplex[];
  const branch = branches.find(({ name }) => name === type);
  if (!branch) throw new RangeError(`the schema has no body ${type}`);
  const unknown = Object.keys(body).find((name) => !branch.fields?.some((field) => field.name === name));
  if (unknown !== undefined) throw new Unencodable(`${type} has no field ${unknown}`);
  const lines = body['lines'];
  if (Array.isArray(lines)) checkItems(branch, lines);
  const own = Object.fromEntries(
    fields.map(({ name }) => [name, envelope[name] ?? envelope[name.replace(/2$/, '')] ?? null]),
  );
  const namespace = (schema as AvroComplex & { readonly namespace?: string }).namespace ?? '';
  const value = { ...own, body: { [`${namespace}.${type}`]: withDefaults(branch, body) } };
  try {
    const payload = avsc.Type.forSchema(schema as avsc.Schema).toBuffer(value);
    const header = Buffer.alloc(5);
    header.writeInt32BE(id, 1);
    return Buffer.concat([header, payload]);
  } catch (cause) {
    throw new Unencodable(
      `the schema cannot carry it: ${cause instanceof Error ? cause.message : 'no error'}`,
      { cause },
    );
  }
}

/** avsc drops what a record has beside its fields in silence; a line's currency would vanish. */
function checkItems(branch: AvroComplex, items: readonly unknown[]): void {
  const type = branch.fields?.find(({ name }) => name === 'lines')?.type as AvroComplex | undefined;
  const known = (type?.items as AvroComplex | undefined)?.fields?.map(({ name }) => name) ?? [];
  for (const item of items) {
    const extra = Object.keys(Object(item)).find((name) => !known.includes(name));
    if (extra !== undefined) throw new Unencodable(`a line has no field ${extra}`);
  }
}

const withDefaults = (branch: AvroComplex, body: Fields): Fields => ({
  ...Object.fromEntries(
    (branch.fields ?? [])
      .filter((field) => 'default' in field)
      .map(({ name, ...field }) => [name, (field as { default?: unknown }).default]),
  ),
  ...body,
});

/** The bytes after each spoiling, in order. Throws a RangeError on one the corpus does not explain. */
export function spoil(bytes: Buffer, spoilings: readonly Spoiling[]): Buffer {
  return spoilings.reduce(spoilOnce, bytes);
}

function spoilOnce(bytes: Buffer, spoiling: Spoiling): Buffer {
  const place = (at: number): number => (at < 0 ? bytes.length + at : at);
  const hexOf = (hex: string): Buffer => Buffer.from(hex, 'hex');
  switch (spoiling.op) {
    case 'setByte':
    case 'replace': {
      const at = place(spoiling.at);
      const bits = hexOf(spoiling.hex);
      return Buffer.concat([bytes.subarray(0, at), bits, bytes.subarray(at + bits.length)]);
    }
    case 'insert':
      return Buffer.concat([
        bytes.subarray(0, place(spoiling.at)),
        hexOf(spoiling.hex),
        bytes.subarray(place(spoiling.at)),
      ]);
    case 'truncate':
      return bytes.subarray(0, spoiling.keep ?? Math.max(0, bytes.length - (spoiling.drop ?? 1)));
    case 'append':
      return Buffer.concat([bytes, hexOf(spoiling.hex)]);
    case 'prepend':
      return Buffer.concat([hexOf(spoiling.hex), bytes]);
    case 'flipBit': {
      const flipped = Buffer.from(bytes);
      const at = place(spoiling.at);
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (spoiling.bit ?? 0));
      return flipped;
    }
    default:
      throw new RangeError(`the corpus has no spoiling ${(spoiling as { op: string }).op}`);
  }
}
