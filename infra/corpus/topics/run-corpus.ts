import { readFileSync } from 'node:fs';
import { connectSchemaRegistry, type SchemaRegistry } from '../../clients/schema-registry.ts';
import { currentSchema, deployedSchemas, variantSchema } from './case-schemas.ts';
import { runDecoderCase } from './decoder-case.ts';
import { Unencodable } from './encode-value.ts';
import { type FakeRegistries, type FakeRegistry, startFakeRegistries } from './fake-registry.ts';
import { runInboxCase } from './inbox-case.ts';
import { runJournalCase } from './journal-case.ts';
import { silentLogger } from './silent-logger.ts';
import { runSnapshotCase } from './snapshot-case.ts';
import {
  type CaseRecord,
  type Disposition,
  isAsExpected,
  isHappening,
  stepsOf,
  type TopicCase,
} from './topic-case.ts';

export interface CorpusReport {
  readonly cases: number;
  readonly failed: readonly {
    readonly id: string;
    readonly expected: TopicCase['expect'];
    readonly got: Disposition;
  }[];
}

/** Cases at a time: most of their time they wait for a registry to say no twice. */
const atOnce = 8;

export const readCases = (file: string | URL): readonly TopicCase[] =>
  JSON.parse(readFileSync(file, 'utf8')) as readonly TopicCase[];

/** Runs every case against the product's own code and compares what became of it with what it asks for. */
export async function runCorpus(cases: readonly TopicCase[]): Promise<CorpusReport> {
  const registries = await startFakeRegistries();
  try {
    const shared = await connect(registries.open(deployedSchemas));
    const failed: CorpusReport['failed'][number][] = [];
    const queue = [...cases];
    const work = async (): Promise<void> => {
      for (let of = queue.shift(); of !== undefined; of = queue.shift()) {
        const got = await runCase(of, registries, shared);
        if (!isAsExpected(of.expect, got)) failed.push({ id: of.id, expected: of.expect, got });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const order = new Map(cases.map(({ id }, i) => [id, i]));
    failed.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0));
    return { cases: cases.length, failed };
  } finally {
    await registries.close();
  }
}

const connect = ({ url }: FakeRegistry): Promise<SchemaRegistry> =>
  connectSchemaRegistry({ url, logger: silentLogger });

async function runCase(
  of: TopicCase,
  registries: FakeRegistries,
  shared: SchemaRegistry,
): Promise<Disposition> {
  try {
    const steps = stepsOf(of);
    const [first] = steps.filter((step) => !isHappening(step)) as readonly CaseRecord[];
    if (first?.schemaInline !== undefined) return runDecoderCase(first);
    if (first?.slots !== undefined) return await runSnapshotCase(of);
    const registry = await registryFor(of, registries, shared);
    if ('status' in registry) return registry;
    const isJournal = first?.topic?.endsWith('.events.v1') ?? false;
    return isJournal ? await runJournalCase(of, registry) : await runInboxCase(of, registry);
  } catch (error) {
    const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { status: error instanceof Unencodable ? 'unencodable' : 'not-run', problemType: null, detail };
  }
}

/** The registry as the case needs it; or what becomes of a process that asks one which changed its mind. */
async function registryFor(
  of: TopicCase,
  registries: FakeRegistries,
  shared: SchemaRegistry,
): Promise<SchemaRegistry | Disposition> {
  const variants = stepsOf(of).flatMap((step) => (isHappening(step) ? [] : variantsOf(step)));
  const needs = of.needs ?? [];
  if (variants.length === 0 && needs.length === 0) return shared;
  const registry = registries.open(deployedSchemas);
  const topic = stepsOf(of).flatMap((step) => ('topic' in step && step.topic ? [step.topic] : []))[0] ?? '';
  if (needs.some((need) => /other schema/.test(need))) registry.changed.add(currentSchema(topic).id);
  let connected: SchemaRegistry;
  try {
    connected = await connect(registry);
  } catch (error) {
    // a process that cannot trust its registry is not started: nothing is taken, nothing is lost
    const detail = error instanceof Error ? error.message : String(error);
    return { status: 'paused', problemType: detail.split(':', 1)[0] ?? null, detail };
  }
  registry.held.push(...variants);
  for (const need of needs) setMood(registry, need);
  return connected;
}

const variantsOf = ({ topic = '', schema, avro }: CaseRecord) =>
  schema === undefined || schema === 'current' || schema === 'previous'
    ? []
    : [
        variantSchema(
          topic,
          schema,
          Object.values(avro?.set ?? {}).filter((value) => typeof value === 'string'),
        ),
      ];

function setMood(registry: FakeRegistry, need: string): void {
  const answers = /^registry answers (\d{3}) ?(\S+)?$/.exec(need);
  if (answers) registry.mood = { status: Number(answers[1]), contentType: answers[2] ?? 'text/plain' };
  else if (/^registry (is )?(down|away|unreachable)$/.test(need)) registry.mood = 'down';
  else if (!/other schema/.test(need)) throw new RangeError(`the corpus cannot set up: ${need}`);
}
