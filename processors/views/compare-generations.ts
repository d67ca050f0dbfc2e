import type { Redis } from '../../infra/clients/redis.ts';
import {
  generationsKey,
  parseViewKey,
  type ViewGeneration,
  type ViewName,
  viewNames,
} from '../../schemas/redis-keys.ts';
import { positionKeyOf } from './generations.ts';
import { redisScript, type RunScript } from './redis-script.ts';

/** What one partition of a view holds in the live generation and in the one beside it. */
export interface PartitionComparison {
  readonly view: ViewName;
  readonly partition: number;
  /** Documents, entries of lists, and pages of the event stream that are the same. */
  equal: number;
  different: number;
  /** In the live generation alone. */
  missing: number;
  /** In the one beside alone. */
  extra: number;
  /** The first few that are not equal, each with its first differing fields. */
  readonly first: string[];
}

export interface CompareOptions {
  readonly redis: Redis;
  readonly partitions: number;
  readonly live: ViewGeneration;
  readonly beside: ViewGeneration;
  readonly pause: (ms: number) => Promise<void>;
}

/** One thing to compare: `key` is without its generation. */
interface Subject {
  readonly view: ViewName;
  readonly partition: number;
  readonly rest: string;
  readonly what:
    | readonly ['document']
    | readonly ['entry', member: string]
    | readonly ['events', from: string, to: string];
}

const firstMax = 5;
const pageMax = 1_000;
/** A difference that is still there so many times, each after both went past where the other had been, is one. */
const looksMax = 8;
const waitsMax = 600;

/**
 * Compares two generations while both move on: what differs at first sight is looked at again, with both positions of
 * the same moment, until it is equal, or differs at equal positions, or goes on to differ.
 */
export async function compareGenerations(options: CompareOptions): Promise<readonly PartitionComparison[]> {
  const { redis, partitions, live, beside } = options;
  const results = new Map<string, PartitionComparison>();
  for (const view of viewNames) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const counts = { equal: 0, different: 0, missing: 0, extra: 0, first: [] };
      results.set(generationsKey(view, partition), { view, partition, ...counts });
    }
  }
  const look = redisScript(redis, './look-together.lua');
  for (const [of, other, isLive] of [
    [live, beside, true],
    [beside, live, false],
  ] as const) {
    for await (const page of subjectsOf(redis, of)) {
      const [mine, theirs] = await Promise.all([valuesOf(redis, of, page), valuesOf(redis, other, page)]);
      for (const [i, subject] of page.entries()) {
        const result = results.get(generationsKey(subject.view, subject.partition));
        if (!result) continue;
        // The second way round only finds what the live one has not.
        if (!isLive && theirs[i] !== null) continue;
        if (isLive && mine[i] === theirs[i]) result.equal += 1;
        else await judge(options, look, subject, result, isLive);
      }
    }
  }
  return [...results.values()];
}

const keyOf = (generation: ViewGeneration, { view, partition, rest }: Subject): string =>
  positionKeyOf(generation, view, partition).replace(/position$/, rest);

async function judge(
  options: CompareOptions,
  look: RunScript,
  subject: Subject,
  result: PartitionComparison,
  isLive: boolean,
): Promise<void> {
  const { live, beside, pause } = options;
  const keys = [
    positionKeyOf(live, subject.view, subject.partition),
    positionKeyOf(beside, subject.view, subject.partition),
    keyOf(live, subject),
    keyOf(beside, subject),
  ];
  let seen = 0;
  let passed = -1;
  for (let waits = 0; waits < waitsMax; waits += 1) {
    const answer = (await look(keys, subject.what)) as Looked;
    const [mine, theirs] = [answer[2][0], answer[3][0]];
    if (mine === theirs) {
      // Gone from both meanwhile, or come into both: the first pass has counted it.
      if (isLive) result.equal += 1;
      return;
    }
    const offsets = [answer[0], answer[1]].map(([offset]) => Number(offset ?? -1));
    const isSame = answer[0].every((field, i) => field !== null && field === answer[1][i]);
    if (Math.min(...offsets) > passed) {
      seen += 1;
      passed = Math.max(...offsets);
    }
    if (isSame || seen >= looksMax) return count(result, subject, mine, theirs, isLive);
    await pause(50);
  }
  count(result, subject, null, null, isLive);
}

type Looked = readonly [
  readonly (string | null)[],
  readonly (string | null)[],
  readonly [string | null],
  readonly [string | null],
];

function count(
  result: PartitionComparison,
  subject: Subject,
  mine: string | null,
  theirs: string | null,
  isLive: boolean,
): void {
  if (!isLive && mine !== null) return; // the first way round has counted it
  const [is, ...where] = subject.what;
  const name = `${subject.rest}${is === 'document' ? '' : ` ${where.join('…')}`}`;
  if (mine !== null && theirs !== null) {
    result.different += 1;
    note(result, `${name}: ${is === 'document' ? fieldsThatDiffer(mine, theirs) : 'differs'}`);
  } else if (mine === null && theirs === null) {
    result.different += 1;
    note(result, `${name}: one of the two does not move on`);
  } else if (theirs === null) {
    result.missing += 1;
    note(result, `${name}: missing beside`);
  } else {
    result.extra += 1;
    note(result, `${name}: beside alone`);
  }
}

const note = ({ first }: PartitionComparison, text: string): void => {
  if (first.length < firstMax) first.push(text);
};

function fieldsThatDiffer(live: string, beside: string): string {
  const [a, b] = [live, beside].map((text) => JSON.parse(text) as Readonly<Record<string, unknown>>);
  const names = [...new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])];
  const differing = names
    .map((name) => ({ name, is: JSON.stringify(a?.[name]), beside: JSON.stringify(b?.[name]) }))
    .filter((field) => field.is !== field.beside)
    .map((field) => `${field.name} is ${field.is}, beside ${field.beside}`);
  return differing.length === 0 ? 'its fields stand in another order' : differing.slice(0, 3).join('; ');
}

/** Everything a generation holds, in pages; what comes or goes meanwhile may be left out. */
async function* subjectsOf(redis: Redis, generation: ViewGeneration): AsyncGenerator<readonly Subject[]> {
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${generation}:{*`, 'COUNT', pageMax);
    cursor = next;
    const types = await Promise.all(keys.map((key) => redis.type(key)));
    const documents: Subject[] = [];
    for (const [i, key] of keys.entries()) {
      const at = parseViewKey(key);
      if (!at) continue;
      if (types[i] === 'string') documents.push({ ...at, what: ['document'] });
      if (types[i] === 'zset') yield* entriesOf(redis, key, at);
      if (types[i] === 'stream') yield* eventsOf(redis, key, at);
    }
    if (documents.length > 0) yield documents;
  } while (cursor !== '0');
}

type Place = Omit<Subject, 'what'>;

async function* entriesOf(redis: Redis, key: string, at: Place): AsyncGenerator<readonly Subject[]> {
  let cursor = '0';
  do {
    const [next, flat] = await redis.zscan(key, cursor, 'COUNT', pageMax);
    cursor = next;
    yield flat.filter((_, i) => i % 2 === 0).map((member) => ({ ...at, what: ['entry', member] as const }));
  } while (cursor !== '0');
}

/** Pages of a stream, each by the ids of its ends. */
async function* eventsOf(redis: Redis, key: string, at: Place): AsyncGenerator<readonly Subject[]> {
  for (let from = '-'; ; ) {
    const entries = await redis.xrange(key, from, '+', 'COUNT', pageMax);
    const [first, last] = [entries[0]?.[0], entries.at(-1)?.[0]];
    if (first === undefined || last === undefined) return;
    yield [{ ...at, what: ['events', first, last] }];
    if (entries.length < pageMax) return;
    from = `(${last}`;
  }
}

const valuesOf = (
  redis: Redis,
  generation: ViewGeneration,
  page: readonly Subject[],
): Promise<readonly (string | null)[]> =>
  Promise.all(
    page.map(async (subject) => {
      const key = keyOf(generation, subject);
      const [is, from = '', to = ''] = subject.what;
      if (is === 'document') return redis.get(key);
      if (is === 'entry') return redis.zscore(key, from);
      const entries = await redis.xrange(key, from, to);
      return entries.length === 0 ? null : JSON.stringify(entries);
    }),
  );
