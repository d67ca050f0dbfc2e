import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AvroComplex, AvroField, AvroSchema } from './avro-schema.ts';
import { loadAvroSchema } from './avro-schema.ts';
import { compatibilityFaults, publishedSchemas, zeroSizeItems } from './check-compatibility.ts';
import { journalOf, processorNames, topicCatalogue } from './topic-catalogue.ts';

const topics = topicCatalogue.filter(({ schema }) => schema !== null).map(({ name }) => name);
const fieldsOf = (schema: AvroSchema): readonly AvroField[] => (schema as AvroComplex).fields ?? [];
const bodiesOf = (schema: AvroSchema): readonly AvroComplex[] =>
  (fieldsOf(schema).find(({ name }) => name === 'body')?.type as readonly AvroComplex[] | undefined) ?? [];

describe.each(topics)('%s', (topic) => {
  const current = loadAvroSchema(topic);
  const published = publishedSchemas(topic);

  test('is what was published last, under a number without gaps', () => {
    expect(published.map(({ version }) => version)).toEqual(published.map((_, i) => i + 1));
    expect(current).toEqual(published.at(-1)?.schema);
  });

  test('reads every version ever published', () => {
    expect(compatibilityFaults(current, published)).toEqual([]);
  });

  test('has no array whose items take no bytes', () => {
    expect(zeroSizeItems(current)).toEqual([]);
  });
});

test('every schema file belongs to a topic of the catalogue', () => {
  const files = readdirSync(new URL('./avro/', import.meta.url));
  expect(files.map((file) => file.replace(/\.avsc$/, '')).sort()).toEqual([...topics].sort());
  expect(readdirSync(new URL('./published/', import.meta.url)).sort()).toEqual([...topics].sort());
});

test('the bodies every journal may carry are the same in all three', () => {
  const common = [
    'Barrier',
    'TimePassed',
    'CommandIgnored',
    'CommandRefused',
    'CommandQuarantined',
    'CommandParked',
    'CommandRedriven',
    'RedriveAnswered',
    'AnomalyRecorded',
  ];
  const [first, ...others] = processorNames.map((processor) => {
    const schema = loadAvroSchema(journalOf(processor));
    const cause = fieldsOf(schema).find(({ name }) => name === 'cause');
    return [cause, ...common.map((body) => bodiesOf(schema).find(({ name }) => name === body))];
  });
  expect(first?.every((part) => part !== undefined)).toBe(true);
  for (const other of others) expect(other).toEqual(first);
});

test('the envelopes of the three inboxes, and of the three journals, differ in their bodies alone', () => {
  for (const kind of ['commands', 'events']) {
    const [first, ...others] = processorNames.map((processor) =>
      fieldsOf(loadAvroSchema(`${processor}.${kind}.v1`))
        .filter(({ name }) => name !== 'body')
        .map(({ name, type, default: fallback }) => ({ name, type, fallback })),
    );
    for (const other of others) expect(other).toEqual(first);
  }
});

describe('the compatibility check', () => {
  const published = publishedSchemas('stock.events.v1');
  const current = (): AvroComplex => structuredClone(loadAvroSchema('stock.events.v1'));
  const withField = (field: AvroField): AvroComplex => ({
    ...current(),
    fields: [...fieldsOf(current()), field],
  });
  const withBodies = (change: (bodies: readonly AvroComplex[]) => readonly AvroComplex[]): AvroComplex => ({
    ...current(),
    fields: fieldsOf(current()).map((field) =>
      field.name === 'body' ? { ...field, type: change(bodiesOf(current())) } : field,
    ),
  });

  test('lets a field with a default and a new body pass', () => {
    expect(compatibilityFaults(withField({ name: 'note', type: 'string', default: '' }), published)).toEqual(
      [],
    );
    const more = withBodies((bodies) => [...bodies, { type: 'record', name: 'SkuMoved', fields: [] }]);
    expect(compatibilityFaults(more, published)).toEqual([]);
  });

  test.each<[string, AvroComplex]>([
    ['a field without a default', withField({ name: 'note', type: 'string' })],
    ['a body that is gone', withBodies((bodies) => bodies.slice(1))],
    [
      'a field of another type',
      withBodies(([first, ...others]) => [
        {
          ...first,
          type: 'record',
          fields: fieldsOf(first ?? 'null').map(({ name }) => ({ name, type: 'boolean' })),
        },
        ...others,
      ]),
    ],
  ])('names the version that %s leaves unreadable', (_, schema) => {
    expect(compatibilityFaults(schema, published)).toEqual(
      published.map(({ version }) => expect.stringContaining(`version ${version} cannot be read`)),
    );
  });

  test('names an array of nothing wherever it hides', () => {
    const nothing = { type: 'array', items: 'null' };
    expect(zeroSizeItems(withField({ name: 'a', type: nothing }))).toEqual(['.a.items']);
    const empty = { type: 'array', items: { type: 'record', name: 'Empty', fields: [] } };
    expect(zeroSizeItems(withField({ name: 'b', type: ['null', empty] }))).toEqual(['.b[1].items']);
  });
});
