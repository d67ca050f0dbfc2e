import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request as it arrived. */
export interface Arrived {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** What the server does with the nth request; the last one serves all that follow. */
export type Step = (response: http.ServerResponse, arrived: Arrived) => void;

export interface ScriptedServer {
  readonly api: string;
  readonly arrived: readonly Arrived[];
}

/** A real HTTP server that misbehaves as it is told, until the test is over. */
export async function serveScript(...steps: readonly Step[]): Promise<ScriptedServer> {
  const arrived: Arrived[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      arrived.push(one);
      steps[Math.min(arrived.length, steps.length) - 1]?.(response, one);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  });
  return { api: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrived };
}

export const json =
  (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Step =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };

export const problem = (
  status: number,
  code: string,
  retryable: boolean,
  headers: Readonly<Record<string, string>> = {},
): Step =>
  json(
    status,
    { type: `/problems/${code}`, title: code, status, detail: 'why', requestId: 'r-1', retryable },
    { 'content-type': 'application/problem+json', ...headers },
  );

/** Takes the request and cuts the connection before a byte of the answer. */
export const cut: Step = (response) => {
  response.destroy();
};

/** Cuts the connection in the middle of the answer. */
export const cutMidway: Step = (response) => {
  response.writeHead(202, { 'content-type': 'application/json', 'content-length': 1000 });
  response.write('{"orderId":"o-', () => response.destroy());
};

/** Never answers. */
export const silence: Step = () => undefined;

/** An event stream: these texts, then `then`; open unless that closes it. */
export const stream =
  (texts: readonly string[], then: Step = silence): Step =>
  (response, arrived) => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    response.write('retry: 2000\n\n');
    for (const text of texts) response.write(text);
    setImmediate(() => then(response, arrived));
  };
