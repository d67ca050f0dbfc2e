import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { subjectOf } from '../../../schemas/topic-catalogue.ts';
import type { HeldSchema } from './case-schemas.ts';

/** One registry of many behind one socket. */
export interface FakeRegistry {
  /** Root of its Confluent API. */
  readonly url: string;
  readonly held: HeldSchema[];
  /** What it answers instead of the truth. */
  mood: 'well' | 'down' | { readonly status: number; readonly contentType: string };
  /** Ids under which it hands out another schema than it took. */
  readonly changed: Set<number>;
  asked: number;
}

export interface FakeRegistries {
  open(held: readonly HeldSchema[]): FakeRegistry;
  close(): Promise<void>;
}

/** Schema registries that answer as the Confluent API does, so that the product's own client asks them. */
export async function startFakeRegistries(): Promise<FakeRegistries> {
  const registries: FakeRegistry[] = [];
  const server = createServer((request, response) => {
    const [, number = '', ...path] = (request.url ?? '').split('/');
    const registry = registries[Number(number)];
    if (!registry) return answer(response, 404, {});
    registry.asked += 1;
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => respond(registry, path, body, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    open(held) {
      const registry: FakeRegistry = {
        url: `http://127.0.0.1:${port}/${registries.length}`,
        held: [...held],
        mood: 'well',
        changed: new Set(),
        asked: 0,
      };
      registries.push(registry);
      return registry;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function respond(
  registry: FakeRegistry,
  path: readonly string[],
  body: string,
  response: ServerResponse,
): void {
  const { mood, held, changed } = registry;
  if (mood === 'down') return void response.socket?.destroy();
  if (mood !== 'well') {
    response.writeHead(mood.status, { 'content-type': mood.contentType });
    return void response.end('<html><body>It works</body></html>');
  }
  const [first, second = '', third, fourth] = path;
  const schemaOf = ({ id, schema }: HeldSchema): string =>
    JSON.stringify(changed.has(id) ? { type: 'record', name: 'Other', fields: [] } : schema);
  if (first === 'schemas') {
    const found = held.filter(({ id }) => id === Number(third));
    if (found.length === 0) return answer(response, 404, { error_code: 40_403, message: 'Schema not found' });
    if (fourth === undefined) return answer(response, 200, { schema: found[0] && schemaOf(found[0]) });
    return answer(
      response,
      200,
      found.map(({ topic, version }) => ({ subject: subjectOf(topic), version })),
    );
  }
  const versions = held.filter(({ topic }) => subjectOf(topic) === second);
  if (third === 'versions' && fourth === undefined) {
    return answer(
      response,
      200,
      versions.map(({ version }) => version),
    );
  }
  const asked = body === '' ? null : (JSON.parse((JSON.parse(body) as { schema: string }).schema) as unknown);
  const found = versions.find(({ version, schema }) =>
    asked === null ? version === Number(fourth) : isDeepStrictEqual(schema, asked),
  );
  if (!found) return answer(response, 404, { error_code: 40_403, message: 'Schema not found' });
  return answer(response, 200, {
    subject: second,
    id: found.id,
    version: found.version,
    schema: schemaOf(found),
  });
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
  response.end(JSON.stringify(body));
}
