import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describedRoutes } from '../../infra/docs/described-routes.ts';
import { noAnswer } from '../http/create-app.ts';
import { createOpenApi } from '../http/openapi.ts';

interface Described {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { readonly responses: Readonly<Record<string, DescribedAnswer>> }>>
    >
  >;
}

interface DescribedAnswer {
  readonly content?: Readonly<Record<string, unknown>>;
}

/** A status that routes answered with, as `http_requests_total` counts it: by the route's pattern. */
export interface CountedStatus {
  readonly method: string;
  readonly route: string;
  readonly status: string;
}

/** One answer as a test got it. */
export interface SeenAnswer {
  readonly status: number;
  /** Null where the answer has none. */
  readonly contentType: string | null;
  readonly body: string;
}

const document = createOpenApi(describedRoutes()) as Described;
const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'millrace', ...document });

const paths = Object.keys(document.paths).map((path) => ({
  path,
  // a literal path is more than one with a parameter: /v1/catalogue/trending
  literals: path.replaceAll(/\{\w+\}/g, '').length,
  pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
}));

const verbOf = (method: string): string => (method === 'HEAD' ? 'get' : method.toLowerCase());

/** What a route answered with that its document does not know; null where it is no route of it, or nobody was left to answer (`noAnswer`). */
export function undocumentedStatus({ method, route, status }: CountedStatus): string | null {
  const operation = document.paths[route]?.[verbOf(method)];
  return operation && status !== String(noAnswer) && !(status in operation.responses)
    ? `${method} ${route}: ${status} is not documented`
    : null;
}

const validators = new Map<string, ValidateFunction>();

function validatorOf(pointer: string): ValidateFunction {
  const known = validators.get(pointer) ?? ajv.compile({ $ref: `millrace#${pointer}` });
  validators.set(pointer, known);
  return known;
}

const escape = (name: string): string => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));

/**
 * What an answer has that the OpenAPI document does not say of its route: a status, a content type, or a body that breaks
 * its schema. Null where it is as documented, and for what is no route of the document (404 of an unknown path, 405).
 */
export function undocumented(method: string, target: string, answer: SeenAnswer): string | null {
  const url = target.split('?', 1)[0] ?? '';
  const [route] = paths
    .filter(({ pattern }) => pattern.test(url))
    .toSorted((a, b) => b.literals - a.literals);
  const verb = verbOf(method);
  const operation = route && document.paths[route.path]?.[verb];
  if (!route || !operation) return null;
  const status = String(answer.status);
  const unknown = undocumentedStatus({ method, route: route.path, status });
  if (unknown !== null) return unknown;
  const where = `${method} ${route.path}: ${status}`;
  const described = operation.responses[status];
  if (answer.body === '') return null; // HEAD, 304
  const type = (answer.contentType ?? '').split(';', 1)[0] ?? '';
  if (!(type in (described?.content ?? {})))
    return `${where} has the content type ${type}, which is not documented`;
  if (!/^application\/(json|[\w-]+\+json)$/.test(type)) return null;
  const pointer = ['paths', route.path, verb, 'responses', status, 'content', type, 'schema'];
  const validate = validatorOf(pointer.map((name) => `/${escape(name)}`).join(''));
  return validate(JSON.parse(answer.body))
    ? null
    : `${where} breaks its schema: ${ajv.errorsText(validate.errors)}`;
}
