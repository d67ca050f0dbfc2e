import type { Express, Request, Response } from 'express';
import type { Answer } from './answer.ts';
import { pagePaths } from '../dashboard/page/paths.ts';
import { matchesNone } from './conditional.ts';
import { otherMethods } from './create-app.ts';
import { docsPage, problemPage, problemsPage } from './docs-page.ts';
import { pagePolicy, pageStyle } from './html.ts';
import { Problem } from './problem.ts';
import { parseProblemCode } from './problem-codes.ts';
import { contextOf } from './request-context.ts';
import type { StaticFile } from './static-files.ts';
import { writeAnswer } from './write-answer.ts';

export interface Pages {
  readonly openApi: unknown;
  readonly files: ReadonlyMap<string, StaticFile>;
}

const pageHeaders = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy': pagePolicy,
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** Serves what needs no key: the OpenAPI document, its page, the problems' pages and the dashboard's files. */
export function mountPages(app: Express, { openApi, files }: Pages): void {
  const document = JSON.stringify(openApi);
  const docs = docsPage(openApi);
  serve(app, '/openapi.json', () => text(document, { 'Content-Type': 'application/json; charset=utf-8' }));
  serve(app, '/docs', () => text(docs, pageHeaders));
  serve(app, '/docs.css', () => text(pageStyle, { 'Content-Type': 'text/css; charset=utf-8' }));
  serve(app, '/problems', () => text(problemsPage(), pageHeaders));
  serve(app, '/problems/:code', (request) => {
    const code = parseProblemCode(String(request.params['code']));
    if (code === null) throw new Problem('not-found');
    return text(problemPage(code), pageHeaders);
  });
  mountPage(app, '', files, [...pagePaths, '/orders/:id']);
}

/** Serves a built page's files under `base`, and its `index.html` for each of its own `paths`, which are whole. */
export function mountPage(
  app: Express,
  base: string,
  files: ReadonlyMap<string, StaticFile>,
  paths: readonly string[],
): void {
  const index = files.get('/index.html');
  const own = [...files].map(([path, file]) => [base + path, file] as const);
  const pages = index ? paths.map((path) => [path, index] as const) : [];
  for (const [path, file] of new Map([...own, ...pages])) {
    app.get(path, (request, response) => {
      contextOf(request).route = '/static';
      sendFile(request, response, file);
    });
    app.all(path, otherMethods('/static', ['GET', 'HEAD']));
  }
}

/** A GET route without a key, for pages and probes. */
export function serve(app: Express, path: string, answer: (request: Request) => Answer): void {
  app.get(path, (request, response) => {
    contextOf(request).route = path;
    writeAnswer(request, response, answer(request), false);
  });
  app.all(path, otherMethods(path, ['GET', 'HEAD']));
}

const text = (body: string, headers: Readonly<Record<string, string>>): Answer => ({
  status: 200,
  headers,
  body,
});

function sendFile(request: Request, response: Response, file: StaticFile): void {
  const takesGzip = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(request.headers['accept-encoding'] ?? '');
  const [bytes, tag] = takesGzip ? [file.gzipped, file.gzippedTag] : [file.bytes, file.tag];
  for (const [name, value] of Object.entries(pageHeaders)) response.setHeader(name, value);
  response
    .setHeader('Content-Type', file.contentType)
    .setHeader('ETag', tag)
    .vary('Accept-Encoding')
    .setHeader('X-Content-Type-Options', 'nosniff');
  if (matchesNone(request.headers['if-none-match'], tag)) {
    response.writeHead(304).end();
    return;
  }
  if (takesGzip) response.setHeader('Content-Encoding', 'gzip');
  response.setHeader('Content-Length', bytes.length).end(bytes);
}
