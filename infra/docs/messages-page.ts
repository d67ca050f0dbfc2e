import {
  type AvroComplex,
  type AvroField,
  type AvroSchema,
  loadAvroSchema,
} from '../../schemas/avro-schema.ts';
import {
  catalogueReactions,
  orderReactions,
  type Reaction,
  reactionVersions,
  stockReactions,
} from '../../schemas/reactions.ts';
import { formatSourceMark, sourceHeader } from '../../schemas/source-mark.ts';
import {
  inboxOf,
  journalOf,
  type ProcessorName,
  processorNames,
  topicCatalogue,
} from '../../schemas/topic-catalogue.ts';
import { code, markdownTable, page, type ReferencePage } from './markdown.ts';

const isUnion = (schema: AvroSchema): schema is readonly AvroSchema[] => Array.isArray(schema);

/** A type as a reader wants it: `long`, `string or null`, `OrderLine[]`, the values of a closed set. */
function typeText(schema: AvroSchema): string {
  if (typeof schema === 'string') return schema.slice(schema.lastIndexOf('.') + 1);
  if (isUnion(schema)) {
    const branches = schema.filter((branch) => branch !== 'null').map(typeText);
    return [...branches, ...(schema.includes('null') ? ['null'] : [])].join(' or ');
  }
  const closed = schema.closed ?? schema.symbols;
  if (closed) return closed.map(code).join(', ');
  if (schema.type === 'array') return `${typeText(schema.items ?? 'null')}[]`;
  return schema.name ?? schema.type;
}

/** The records a field defines, itself or deeper; a reference by name defines none. */
function recordsIn(schema: AvroSchema): readonly AvroComplex[] {
  if (typeof schema === 'string') return [];
  if (isUnion(schema)) return schema.flatMap(recordsIn);
  if (schema.type === 'array') return recordsIn(schema.items ?? 'null');
  if (schema.type !== 'record') return [];
  return [schema, ...(schema.fields ?? []).flatMap(({ type }) => recordsIn(type))];
}

const fieldTable = (fields: readonly AvroField[]): string =>
  fields.length === 0
    ? 'No fields.'
    : markdownTable(
        ['Field', 'Type', 'Meaning'],
        fields.map(({ name, type, doc }) => [code(name), typeText(type), doc ?? '']),
      );

const record = (heading: string, { name, doc, fields }: AvroComplex, extra = ''): readonly string[] => [
  `${heading} ${name}`,
  `${doc ?? ''}${extra}`.trim(),
  fieldTable(fields ?? []),
];

type Reactions = Readonly<Partial<Record<string, readonly Reaction[]>>>;
const reactionsOf: Readonly<Record<ProcessorName, Reactions>> = {
  orders: orderReactions,
  stock: stockReactions,
  catalogue: catalogueReactions,
};

function reactionText(topic: string, event: string): string {
  const processor = processorNames.find((name) => journalOf(name) === topic);
  const reactions = processor === undefined ? [] : (reactionsOf[processor][event] ?? []);
  return reactions
    .map(
      ({ to, command, each }) =>
        ` Sends ${code(command)} to ${code(inboxOf(to))}${each === null ? '' : `, one for each of its ${each}`}.`,
    )
    .join('');
}

function topicParts(topic: string, schema: AvroComplex): readonly string[] {
  const fields = schema.fields ?? [];
  const body = fields.find(({ name }) => name === 'body')?.type;
  const bodies = body !== undefined && isUnion(body) ? body : [];
  const envelope = fields.filter(({ name }) => name !== 'body');
  const own = bodies.filter((branch) => typeof branch !== 'string' && !isUnion(branch)) as AvroComplex[];
  const nested = [...envelope, ...own.flatMap((branch) => branch.fields ?? [])].flatMap(({ type }) =>
    recordsIn(type),
  );
  return [
    `## ${topic}`,
    schema.doc ?? '',
    fieldTable(envelope),
    `${code('body')} is one of: ${own.map(({ name }) => code(name ?? '')).join(', ')}.`,
    ...own.flatMap((branch) => record('###', branch, reactionText(topic, branch.name ?? ''))),
    ...nested.flatMap((inner) => record('####', inner)),
  ];
}

/** `messages.md`: envelope and bodies of every topic, from their Avro schemas, and what each event sends. */
export function messagesPage(): ReferencePage {
  const mark = formatSourceMark({
    source: 'stock/3',
    pair: { seq: 41, index: 0 },
    prev: { seq: 37, index: 0 },
  });
  const versions = Object.entries(reactionVersions).map(([name, version]) => `${name} ${version}`);
  return page('messages.md', 'Messages', 'schemas/avro/ and schemas/reactions.ts', [
    'Values are Avro in the Confluent wire format. Topics and how long they are kept: [topics.md](topics.md); what a command does in each state: [transition-tables.md](transition-tables.md).',
    `A command that another journal sent has the header ${code(sourceHeader)}, for example ${code(mark)}: the sending task, its event and the message’s number in it, and the pair sent before to this partition.`,
    `Reaction tables: ${versions.join(', ')}.`,
    ...topicCatalogue.flatMap(({ name, schema }) =>
      schema === null ? [] : topicParts(name, loadAvroSchema(schema)),
    ),
  ]);
}
