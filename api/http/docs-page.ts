import { escapeHtml, page } from './html.ts';
import { problemCodes, problemKinds, type ProblemCode } from './problem-codes.ts';

/** The parts of an OpenAPI document that the page shows. */
interface Document {
  readonly info: { readonly title: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses?: Readonly<
    Record<string, { readonly description: string; readonly content?: Readonly<Record<string, Media>> }>
  >;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema?: unknown;
}

interface Media {
  readonly schema?: unknown;
}

/** The reference page of an OpenAPI document: plain HTML without scripts, so it needs nothing from elsewhere. */
export function docsPage(openApi: unknown): string {
  const document = openApi as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const byTag = Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? 'Other');
  const sections = [...byTag].map(
    ([tag, ofTag]) =>
      `<h2>${escapeHtml(tag)}</h2>${ofTag.map(({ path, method, operation }) => operationHtml(openApi, path, method, operation)).join('')}`,
  );
  const { title, description } = document.info;
  return page(
    `${title} API`,
    `<h1>${escapeHtml(title)} API</h1><p>${escapeHtml(description ?? '')}</p>
<p>Machine-readable: <a href="/openapi.json">/openapi.json</a>. Errors: <a href="/problems">/problems</a>.</p>
<pre>${escapeHtml(exampleCall)}</pre>${sections.join('')}`,
  );
}

const exampleCall = `curl -i $URL/v1/orders --oauth2-bearer $KEY -H 'Idempotency-Key: cart-42' \\
  --json '{"customerId":"c-17850","currency":"GBP","lines":[{"sku":"85123A","quantity":6}],"paymentToken":"tok_ok"}'
curl -N $URL/v1/orders/$ID/events --oauth2-bearer $KEY -H 'Accept: text/event-stream'`;

function operationHtml(document: unknown, path: string, method: string, operation: Operation): string {
  const rows = (operation.parameters ?? []).map(
    (parameter) =>
      `<tr><td><code>${escapeHtml(parameter.name)}</code></td><td>${escapeHtml(parameter.in)}${parameter.required ? ', required' : ''}</td><td>${escapeHtml(parameter.description ?? '')}</td></tr>`,
  );
  const answers = Object.entries(operation.responses ?? {}).map(
    ([status, { description, content }]) =>
      `<tr><td><code>${escapeHtml(status)}</code></td><td>${escapeHtml(description)}${status < '300' ? schemaHtml(document, content) : ''}</td></tr>`,
  );
  return `<details><summary><code><span class="method">${method.toUpperCase()}</span> ${escapeHtml(path)}</code> ${escapeHtml(operation.summary ?? '')}</summary>
<p>${escapeHtml(operation.description ?? '').replaceAll('\n\n', '</p><p>')}</p>
${rows.length > 0 ? `<h3>Parameters</h3><table><tbody>${rows.join('')}</tbody></table>` : ''}
${operation.requestBody ? `<h3>Body</h3>${schemaHtml(document, operation.requestBody.content)}` : ''}
<h3>Answers</h3><table><tbody>${answers.join('')}</tbody></table></details>`;
}

function schemaHtml(document: unknown, content: Readonly<Record<string, Media>> | undefined): string {
  const media = content?.['application/json'];
  return media?.schema
    ? `<pre>${escapeHtml(JSON.stringify(resolveRefs(document, media.schema, 0), null, 1))}</pre>`
    : '';
}

const refDepthMax = 8;

/** A schema with its references put in place, so that a reader need not jump. */
function resolveRefs(document: unknown, schema: unknown, depth: number): unknown {
  if (typeof schema !== 'object' || schema === null || depth > refDepthMax) return schema;
  if (Array.isArray(schema)) return schema.map((item) => resolveRefs(document, item, depth));
  const { $ref } = schema as { readonly $ref?: unknown };
  if (typeof $ref === 'string') return resolveRefs(document, lookUp(document, $ref), depth + 1);
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, resolveRefs(document, value, depth)]),
  );
}

const lookUp = (document: unknown, ref: string): unknown =>
  ref
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (at, name) => (typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined),
      document,
    );

/** The page of one problem code. */
export function problemPage(code: ProblemCode): string {
  const { status, title, retryable, help } = problemKinds[code];
  return page(
    title,
    `<h1>${escapeHtml(title)}</h1><p><code>${code}</code>, HTTP ${status}, ${retryable ? 'worth a retry of the same request' : 'not worth a retry of the same request'}</p>
<p>${escapeHtml(help)}</p><p><a href="/problems">All problems</a></p>`,
  );
}

/** The page of all problem codes. */
export const problemsPage = (): string =>
  page(
    'Problems',
    `<h1>Problems</h1><table><tbody>${problemCodes
      .map(
        (code) =>
          `<tr><td>${problemKinds[code].status}</td><td><a href="/problems/${code}"><code>${code}</code></a></td><td>${escapeHtml(problemKinds[code].title)}</td></tr>`,
      )
      .join('')}</tbody></table>`,
  );
