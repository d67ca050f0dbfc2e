import http from 'node:http';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { bodyBytes, generate } from './corpus-bytes.ts';
import { fill, type Placeholders, type PlainRequest, type RawRequest, type RawStep } from './corpus-case.ts';

/** One answer as it came over the wire. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Exchanged {
  readonly answers: readonly Received[];
  /** The server closed the connection. */
  readonly closed: boolean;
  readonly elapsedMs: number;
}

const longestMs = 15_000;

/** Sends one ordinary request on a connection of its own. */
export function sendPlain(
  port: number,
  request: PlainRequest,
  placeholders: Placeholders,
): Promise<Exchanged> {
  const startedMs = performance.now();
  const body = bodyBytes(request, placeholders);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, fill(value, placeholders)]),
  );
  return new Promise((resolve, reject) => {
    const sent = http.request({
      port,
      host: '127.0.0.1',
      method: request.method,
      path: fill(request.path, placeholders),
      headers: { ...headers, ...(body && !request.chunked ? { 'Content-Length': body.length } : {}) },
      agent: false,
      timeout: longestMs,
    });
    sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.once('error', reject); // an answer that came first has resolved already
    sent.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const answer = {
          status: response.statusCode ?? 0,
          headers: plainHeaders(response.rawHeaders),
          body: Buffer.concat(chunks).toString(),
        };
        resolve({
          answers: [answer],
          closed: answer.headers['connection'] === 'close',
          elapsedMs: performance.now() - startedMs,
        });
        sent.destroy();
      });
    });
    if (body) sent.write(body);
    sent.end();
  });
}

function plainHeaders(raw: readonly string[]): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < raw.length; i += 2) headers[(raw[i] ?? '').toLowerCase()] = raw[i + 1] ?? '';
  return headers;
}

/** Plays a socket script and reads what comes back: until the server closes if `untilClosed`, otherwise one answer. */
export async function sendRaw(
  port: number,
  { raw }: RawRequest,
  placeholders: Placeholders,
  untilClosed: boolean,
): Promise<Exchanged> {
  const startedMs = performance.now();
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let closed = false;
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.once('end', () => {
    closed = true;
    socket.end();
  });
  socket.once('close', () => (closed = true));
  socket.on('error', () => (closed = true));
  void play(socket, raw.send, placeholders, () => closed);
  const isDone = (): boolean => closed || (!untilClosed && parseAnswers(Buffer.concat(chunks)).length > 0);
  while (!isDone() && performance.now() - startedMs < longestMs) await delay(5);
  const elapsedMs = performance.now() - startedMs;
  socket.destroy();
  return { answers: parseAnswers(Buffer.concat(chunks)), closed, elapsedMs };
}

async function play(
  socket: net.Socket,
  steps: readonly RawStep[],
  placeholders: Placeholders,
  isClosed: () => boolean,
): Promise<void> {
  for (const step of steps) {
    if (isClosed()) return;
    if ('halfClose' in step) socket.end();
    else if ('repeatUntilClosed' in step) {
      const text = fill(step.repeatUntilClosed, placeholders);
      for (let bytes = 0; bytes < step.maxBytes && !isClosed(); bytes += text.length) {
        const flushed = socket.write(text);
        if (step.everyMs > 0) await delay(step.everyMs);
        else if (!flushed) await delay(1);
      }
    } else socket.write(stepBytes(step, placeholders));
  }
}

function stepBytes(
  step: Exclude<RawStep, { halfClose: true } | { repeatUntilClosed: string }>,
  placeholders: Placeholders,
): Buffer {
  if ('head' in step) return Buffer.from(fill(step.head, placeholders));
  if ('text' in step) return Buffer.from(fill(step.text, placeholders));
  if ('base64' in step) return Buffer.from(step.base64, 'base64');
  if ('gen' in step) return generate(step.gen, placeholders);
  return Buffer.from(fill(step.repeat, placeholders).repeat(step.count));
}

/** The complete answers in what a socket received; an interim 100 counts as one. */
export function parseAnswers(bytes: Buffer): readonly Received[] {
  const answers: Received[] = [];
  let at = 0;
  for (;;) {
    const headEnd = bytes.indexOf('\r\n\r\n', at);
    if (headEnd < 0) return answers;
    const [first = '', ...lines] = bytes.subarray(at, headEnd).toString('latin1').split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    const bodyEnd = headEnd + 4 + Number(headers['content-length'] ?? 0);
    if (bodyEnd > bytes.length) return answers;
    const body = bytes.subarray(headEnd + 4, bodyEnd).toString();
    answers.push({ status: Number(first.split(' ')[1]), headers, body });
    at = bodyEnd;
  }
}
