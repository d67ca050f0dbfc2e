import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { quoteAnswer } from '../quotes/quote-answer.ts';
import { problemCodes, problemKinds, type ProblemCode } from './problem-codes.ts';
import { eventStreamType, jsonType, type Route } from './route.ts';

const problem = z
  .object({
    type: z
      .enum(problemCodes.map((code) => `/problems/${code}` as const))
      .meta({ example: '/problems/validation-failed' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    requestId: z.string(),
    retryable: z.boolean().meta({ description: 'True if the very same request may succeed later.' }),
    reason: z.string().optional(),
    quote: quoteAnswer.optional().meta({ description: 'Of quote-stale: the new quote.' }),
    errors: z
      .array(
        z.object({
          pointer: z.string().meta({ example: '/lines/0/quantity' }),
          code: z.string(),
          message: z.string(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457. No value of the request stands in it.' });

/** Problems any route may answer with. */
const everywhere: readonly ProblemCode[] = [
  'malformed-request',
  'invalid-query',
  'credential-in-url',
  'unauthenticated',
  'insufficient-scope',
  'not-acceptable',
  'uri-too-long',
  'expectation-failed',
  'headers-too-large',
  'rate-limited',
  'internal-error',
  'overloaded',
  'unavailable',
];

/** Problems that a request without an API key cannot have. */
const ofKeys: ReadonlySet<ProblemCode> = new Set(['insufficient-scope', 'rate-limited']);

const withBody: readonly ProblemCode[] = [
  'malformed-json',
  'not-an-object',
  'duplicate-key',
  'forbidden-key',
  'too-deep',
  'invalid-encoding',
  'request-timeout',
  'payload-too-large',
  'unsupported-media-type',
  'unsupported-content-encoding',
  'validation-failed',
  'card-data-forbidden',
];

const withKey: readonly ProblemCode[] = ['idempotency-key-required', 'invalid-idempotency-key'];

/** Problem codes a route has without naming them. */
export const commonProblems = { everywhere, withBody, withKey } as const;

/** The OpenAPI 3.1 document, from the very schemas that validate. */
export function createOpenApi(routes: readonly Route[]): unknown {
  const paths: ZodOpenApiPathsObject = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Millrace',
      version: '1.0.0',
      description:
        'An order pipeline that loses nothing, doubles nothing, and can prove it. Amounts are integers in minor units; times are RFC 3339 in UTC.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ apiKey: [] }],
    paths,
    components: {
      schemas: { Problem: problem },
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: 'Authorization: Bearer mr_test_… or mr_live_…',
        },
      },
    },
  });
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const { docs } = route;
  return {
    operationId: operationIdOf(route),
    summary: docs.summary,
    description: `${docs.description ?? ''}${docs.description ? '\n\n' : ''}${accessOf(route)}.`,
    tags: [docs.tag],
    requestParams: {
      path: z.object(Object.fromEntries(Object.keys(route.params).map((name) => [name, z.string()]))),
      query: route.query,
      ...headersOf(route),
    },
    ...(route.anonymous ? { security: [] } : {}),
    ...(route.signed
      ? { security: [], requestBody: { required: true, content: { [jsonType]: { schema: signedBody } } } }
      : {}),
    ...(route.body
      ? { requestBody: { required: true, content: { [jsonType]: { schema: route.body } } } }
      : {}),
    responses: { ...goodAnswers(route), ...problemAnswers(route) } as ZodOpenApiResponsesObject,
  };
}

const accessOf = ({ signed, anonymous, visitors, scope }: Route): string => {
  if (signed) return 'No API key: the body is signed';
  if (anonymous) return 'No credential is asked for';
  return `Scope: ${scope ?? 'none'}${visitors ? '; visitors of the shop too' : ''}`;
};

/** Bytes that the route's own reader parses, after it has checked their signature. */
const signedBody = z.unknown().meta({ description: 'As the provider writes it.' });

const operationIdOf = ({ method, path }: Route): string =>
  `${method.toLowerCase()}${path
    .replace('/v1', '')
    .split(/[/{}]+/)
    .filter(Boolean)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')}`;

function headersOf(route: Route): { readonly header?: z.ZodObject } {
  const key = z.string().meta({
    description: '1 to 255 visible ASCII characters: one for each intent, kept over retries.',
    example: 'cart-42',
  });
  if (route.idempotencyKey === 'required') return { header: z.object({ 'Idempotency-Key': key }) };
  return route.idempotencyKey === 'optional'
    ? { header: z.object({ 'Idempotency-Key': key.optional() }) }
    : {};
}

function goodAnswers({ docs }: Route): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(docs.answers).map(([status, { description, schema }]) => {
      const stream =
        status === '200' && docs.eventStream
          ? { [eventStreamType]: { schema: z.string().meta({ description: docs.eventStream }) } }
          : {};
      const others = Object.fromEntries(
        (status === '200' ? (docs.otherTypes ?? []) : []).map((type) => [type, { schema: z.string() }]),
      );
      const content = schema ? { content: { [jsonType]: { schema }, ...stream, ...others } } : {};
      return [status, { description, ...content }];
    }),
  );
}

/** One answer for each status, naming the codes that share it. */
function problemAnswers(route: Route): Record<string, unknown> {
  const codes = new Set([
    ...everywhere.filter((code) => !(route.signed || route.anonymous) || !ofKeys.has(code)),
    ...(route.body ? withBody : []),
    ...(route.idempotencyKey === 'none' ? [] : withKey),
    ...(route.docs.problems ?? []),
  ]);
  const byStatus = Map.groupBy(codes, (code) => problemKinds[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      String(status),
      {
        description: ofStatus.map((code) => `${code}: ${problemKinds[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: problem } },
      },
    ]),
  );
}
