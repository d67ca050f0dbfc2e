import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** One route as the published document has it. */
export interface DocumentedRoute {
  readonly method: string;
  /** With `{name}` for its parameters. */
  readonly path: string;
  /** Fits a path without its query. */
  readonly pattern: RegExp;
  /** Names of its query parameters. */
  readonly query: ReadonlySet<string>;
  readonly needsIdempotencyKey: boolean;
  readonly takesBody: boolean;
  /** No API key: the body is signed. */
  readonly isSigned: boolean;
  /** No API key, and nothing in its place. */
  readonly isAnonymous: boolean;
  /** Whether a parsed body is one by the document's schema. */
  readonly isBody: (value: unknown) => boolean;
}

interface Operation {
  readonly security?: readonly unknown[];
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly required?: boolean;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
}

/** The routes of an OpenAPI document, each with a validator of its own. */
export function routesOf(document: object): readonly DocumentedRoute[] {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'millrace', ...document });
  const { paths } = document as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => documented(ajv, method, path, operation)),
  );
}

function documented(ajv: Ajv2020, method: string, path: string, operation: Operation): DocumentedRoute {
  const { parameters = [], requestBody, security } = operation;
  const pointer = `${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}/requestBody/content/application~1json/schema`;
  let validate: ValidateFunction | null = null;
  const isBody = (value: unknown): boolean => {
    validate ??= ajv.compile({ $ref: `millrace#/paths/${encodeURI(pointer)}` });
    return validate(value);
  };
  return {
    method: method.toUpperCase(),
    path,
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    query: new Set(parameters.flatMap((of) => (of.in === 'query' ? [of.name] : []))),
    needsIdempotencyKey: parameters.some((of) => of.name === 'Idempotency-Key' && of.required === true),
    takesBody: requestBody !== undefined,
    isSigned: security?.length === 0 && requestBody !== undefined,
    isAnonymous: security?.length === 0 && requestBody === undefined,
    isBody,
  };
}
