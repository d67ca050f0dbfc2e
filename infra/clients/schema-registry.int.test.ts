import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AvroComplex } from '../../schemas/avro-schema.ts';
import { schemaOfTopic, subjectOf, topicCatalogue } from '../../schemas/topic-catalogue.ts';
import { registerSchema, registerSchemas } from '../deploy/register-schemas.ts';
import { askRegistry } from './ask-registry.ts';
import { connectSchemaRegistry, type SchemaRegistry } from './schema-registry.ts';
import { createKeptLogger } from './testing/test-kafka.ts';
import { testEngines } from '../local/testing/test-engines.ts';

const url = (): string => testEngines().registryUrl;
const storesTopic = 'stores.config.v1';
const stores = (): AvroComplex => schemaOfTopic(storesTopic) as AvroComplex;
let registry: SchemaRegistry;

beforeAll(async () => {
  await registerSchemas({ url: url() });
  registry = await connectSchemaRegistry({ url: url(), logger: createKeptLogger() });
});

const proxies: Server[] = [];
afterAll(() => proxies.forEach((proxy) => void proxy.close()));

/** A registry that answers as `respond` says: status, content type, body; null passes the request on. */
async function proxyOf(
  respond: (path: string) => readonly [status: number, type: string, body: string] | null,
): Promise<string> {
  const server = createServer((request, response) => {
    const given = respond(request.url ?? '');
    if (given) {
      response.writeHead(given[0], { 'content-type': given[1] }).end(given[2]);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void forward(request.method ?? 'GET', request.url ?? '', Buffer.concat(chunks)));
    const forward = async (method: string, path: string, body: Buffer): Promise<void> => {
      const answer = await fetch(url() + path, {
        method,
        headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
        ...(body.length > 0 ? { body: body.toString() } : {}),
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    };
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  proxies.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('registers each schema once: a second deploy keeps every id', async () => {
  const again = await registerSchemas({ url: url() });
  expect(again.map(({ subject }) => subject)).toEqual(
    topicCatalogue.filter(({ schema }) => schema !== null).map(({ name }) => subjectOf(name)),
  );
  expect(new Set(again.map(({ id }) => id)).size).toBe(again.length);
  expect(again).toEqual(await registerSchemas({ url: url() }));
});

test('judges each subject by BACKWARD_TRANSITIVE and refuses a new field without a default', async () => {
  const config = await askRegistry({ url: url() }, `/config/${subjectOf(storesTopic)}`);
  expect(config).toMatchObject({ body: { compatibilityLevel: 'BACKWARD_TRANSITIVE' } });
  const broken = { ...stores(), fields: [...(stores().fields ?? []), { name: 'extra', type: 'string' }] };
  await expect(registerSchema({ url: url() }, subjectOf(storesTopic), broken)).rejects.toThrow(
    subjectOf(storesTopic),
  );
});

test('gives codecs whose records name the registered id and read back equal', async () => {
  const codec = registry.createCodecs()[storesTopic];
  const ids = await registerSchemas({ url: url() });
  expect(codec.schemaId).toBe(ids.find(({ subject }) => subject === subjectOf(storesTopic))?.id);
  const value = {
    store: 's',
    atMs: 1,
    requestId: null,
    body: { type: 'KeyRevoked', keyId: 'k', reason: 'r' },
  } as const;
  expect(codec.decode(codec.encode(value))).toEqual({ is: 'value', value });
});

const unknownId = 999_999;
const logger = createKeptLogger();

test('calls an id unknown only after the registry has denied it twice, a second apart', async () => {
  const asked: number[] = [];
  const at = await proxyOf((path) => {
    if (path.includes(String(unknownId))) asked.push(performance.now());
    return null;
  });
  const own = await connectSchemaRegistry({ url: at, logger });
  expect(await own.learnWriter(own.createCodecs()[storesTopic], unknownId)).toBe('unknown-schema');
  expect(asked).toHaveLength(2);
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(900);
});

test.each([
  ['an error', 500, 'application/json', '{"error_code":50001}'],
  ['a page with status 200', 200, 'text/html', '<html>hello</html>'],
  ['a page with status 404', 404, 'text/html', '<html>not found</html>'],
])('goes on asking while the registry answers with %s', async (_, ...answer) => {
  let broken = false;
  let asked = 0;
  const at = await proxyOf((path) => {
    if (!broken || !path.includes('/schemas/ids/')) return null;
    asked += 1;
    if (asked === 2) broken = false;
    return answer;
  });
  const own = await connectSchemaRegistry({ url: at, logger });
  const codec = own.createCodecs()['stock.commands.v1'];
  broken = true;
  expect(await own.learnWriter(codec, codec.schemaId)).toBe('learned');
  expect(asked).toBe(2);
});

test('ends asking when the caller gives up', async () => {
  let broken = false;
  const at = await proxyOf(() => (broken ? [500, 'text/plain', 'down'] : null));
  const own = await connectSchemaRegistry({ url: at, logger });
  broken = true;
  const given = new AbortController();
  const learning = own.learnWriter(own.createCodecs()[storesTopic], unknownId, given.signal);
  given.abort();
  await expect(learning).rejects.toThrow();
});

test('does not let the schema of another subject pass, though it might decode', async () => {
  const other = registry.createCodecs()['stock.commands.v1'].schemaId;
  expect(await registry.learnWriter(registry.createCodecs()[storesTopic], other)).toBe('wrong-subject');
});

test('learns a newer compatible writer, and tells a newer one this build cannot read apart', async () => {
  const newer = {
    ...stores(),
    fields: [...(stores().fields ?? []), { name: 'note', type: 'string', default: '' }],
  };
  const foreign = { ...newer, fields: newer.fields.filter(({ name }) => name !== 'atMs') };
  const written = new Map<number, object>([
    [777_001, newer],
    [777_002, foreign],
  ]);
  const at = await proxyOf((path) => {
    const [, id, rest] = /\/schemas\/ids\/(\d+)(\/versions)?$/.exec(path) ?? [];
    const schema = written.get(Number(id));
    if (!schema) return null;
    const body = rest
      ? [{ subject: subjectOf(storesTopic), version: 9 }]
      : { schema: JSON.stringify(schema) };
    return [200, 'application/json', JSON.stringify(body)];
  });
  const own = await connectSchemaRegistry({ url: at, logger });
  const codec = own.createCodecs()[storesTopic];
  const frame = Buffer.alloc(6);
  frame.writeInt32BE(777_001, 1);
  expect(codec.decode(frame)).toEqual({ is: 'unknown-schema', schemaId: 777_001 });
  expect(await own.learnWriter(codec, 777_001)).toBe('learned');
  expect(codec.decode(frame)).toMatchObject({ is: 'unreadable' });
  expect(await own.learnWriter(codec, 777_002)).toBe('unreadable');
});

test('says what to do when the registry is away or the deploy step has not run', async () => {
  await expect(connectSchemaRegistry({ url: 'http://127.0.0.1:1', logger })).rejects.toThrow(
    'no schema registry answers at http://127.0.0.1:1: check MILLRACE_REGISTRY_URL',
  );
  const empty = await proxyOf(() => [404, 'application/json', '{"error_code":40401}']);
  await expect(connectSchemaRegistry({ url: empty, logger })).rejects.toThrow('run the deploy step first');
});

test('a registry that holds the subject and not this build’s schema wants the deploy step; one that is busy wants patience', async () => {
  const lacking = await proxyOf((path) =>
    path.endsWith(`/subjects/${subjectOf(storesTopic)}`)
      ? [404, 'application/json', '{"error_code":40403}']
      : null,
  );
  await expect(connectSchemaRegistry({ url: lacking, logger })).rejects.toThrow('run the deploy step first');
  let looks = 0;
  const busy = await proxyOf((path) =>
    path.endsWith(`/subjects/${subjectOf(storesTopic)}`) && (looks += 1) <= 2
      ? [503, 'text/html', 'not now']
      : null,
  );
  await expect(connectSchemaRegistry({ url: busy, logger })).rejects.toThrow('with status 503');
  looks = 0;
  const patient = await connectSchemaRegistry({ url: busy, logger, patienceMs: 60_000 });
  expect(looks).toBe(3);
  expect(patient.createCodecs()[storesTopic].schemaId).toBe(registry.createCodecs()[storesTopic].schemaId);
});

const topicsWithSchema = topicCatalogue.filter(({ schema }) => schema !== null).length;

test('patience has an end, and none with what no waiting mends', async () => {
  let looks = 0;
  const busy = await proxyOf(() => ((looks += 1), [429, 'application/json', '{}']));
  await expect(connectSchemaRegistry({ url: busy, logger, patienceMs: 1_500 })).rejects.toThrow('status 429');
  expect(looks).toBeGreaterThan(topicsWithSchema);
  looks = 0;
  const empty = await proxyOf(() => ((looks += 1), [404, 'application/json', '{"error_code":40401}']));
  await expect(connectSchemaRegistry({ url: empty, logger, patienceMs: 60_000 })).rejects.toThrow(
    'run the deploy step first',
  );
  expect(looks).toBeLessThanOrEqual(topicsWithSchema);
});

test('refuses to start on a registry that holds another schema under our id', async () => {
  const other = JSON.stringify({ type: 'record', name: 'Other', fields: [] });
  const at = await proxyOf((path) =>
    path.endsWith(`${subjectOf('orders.events.v1')}/versions/1`)
      ? [
          200,
          'application/json',
          JSON.stringify({ id: registry.createCodecs()['orders.events.v1'].schemaId, schema: other }),
        ]
      : null,
  );
  await expect(connectSchemaRegistry({ url: at, logger })).rejects.toThrow('schema-fingerprint');
});
