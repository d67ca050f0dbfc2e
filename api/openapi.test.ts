import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { docsPage, problemPage, problemsPage } from './http/docs-page.ts';
import { createOpenApi } from './http/openapi.ts';
import { OpenStreams } from './http/open-streams.ts';
import { problemCodes } from './http/problem-codes.ts';
import { createRoutes, type RouteParts } from './routes.ts';

const parts = {
  codecs: {},
  partitions: 4,
  nowMs: () => 0,
  open: new OpenStreams(),
  fingerprintSecret: '',
  cursorSecret: '',
  quoteSecrets: [''],
  takes: () => true,
};
const routes = createRoutes(parts as unknown as RouteParts);

interface Described {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: {
    readonly schemas: {
      readonly Problem: { readonly properties: { readonly type: { readonly enum: unknown } } };
    };
  };
}

interface DescribedOperation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
const document = createOpenApi(routes) as Described;

test('the document is OpenAPI 3.1 and has every route once', () => {
  expect(document.openapi).toBe('3.1.0');
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(described.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
});

test('every problem code is in the document: as a type, and with a route that can give it', () => {
  const types = document.components.schemas.Problem.properties.type.enum;
  expect(types).toEqual(problemCodes.map((code) => `/problems/${code}`));
  const told = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ responses }) => Object.values(responses).map(({ description }) => description))
    .join('; ');
  // 405 is of a path and not of its operations; nothing has a quota yet.
  const ofNoRoute = ['method-not-allowed', 'quota-exceeded'];
  expect(problemCodes.filter((code) => !told.includes(`${code}: `))).toEqual(ofNoRoute);
});

interface SchemaNode {
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly [name: string]: unknown;
}

function* exampled(node: unknown): Generator<SchemaNode> {
  if (typeof node !== 'object' || node === null) return;
  if (
    !Array.isArray(node) &&
    ('example' in node || 'examples' in node) &&
    ('type' in node || '$ref' in node || 'anyOf' in node || 'oneOf' in node)
  )
    yield node as SchemaNode;
  for (const child of Object.values(node)) yield* exampled(child);
}

test('every example of the document is valid by its own schema', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'millrace', ...document });
  let checked = 0;
  for (const { example, examples = [example], ...schema } of exampled(document)) {
    const validate = ajv.compile(
      JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"millrace#/')) as object,
    );
    for (const one of examples) {
      expect(validate(one), `${JSON.stringify(one)} against ${JSON.stringify(schema)}`).toBe(true);
      checked += 1;
    }
  }
  expect(checked).toBeGreaterThan(20);
});

test('the pages show every route and every problem, run no script and load nothing from elsewhere', () => {
  const pages = [docsPage(document), problemsPage(), ...problemCodes.map(problemPage)];
  for (const page of pages) expect(page).not.toMatch(/<script|(src|href)="(https?:)?\/\//);
  for (const { path } of routes) expect(pages[0]).toContain(path);
  for (const code of problemCodes) expect(pages[1]).toContain(`/problems/${code}`);
});
