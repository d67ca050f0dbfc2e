import http from 'node:http';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { bodyBytes, generate } from './body-bytes.ts';
import { fill, type Placeholders } from './fill.ts';
import type { PlainRequest, RawRequest, RawStep } from './http-case.ts';

/** Where requests go. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** One answer as it came over the wire. */
export interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Exchanged {
  /** In the order they came; an interim 100 counts as one on a raw connection. */
  readonly answers: readonly Received[];
  /** The server closed the connection. */
  readonly closed: boolean;
  readonly elapsedMs: number;
  /** When it was over, on the clock of `performance.now()`. */
  readonly endedAtMs: number;
}

const times = (startedMs: number): Pick<Exchanged, 'elapsedMs' | 'endedAtMs'> => {
  const endedAtMs = performance.now();
  return { elapsedMs: endedAtMs - startedMs, endedAtMs };
};

const longestMs = 15_000;
/** Without an answer for so long there is none. */
const silentMs = 2_000;

/** Sends one ordinary request on a connection of its own. `onSent` is called when it has left. */
export function sendPlain(
  target: Target,
  request: PlainRequest,
  placeholders: Placeholders,
  onSent: () => void = () => undefined,
): Promise<Exchanged> {
  const startedMs = performance.now();
  const body = bodyBytes(request, placeholders);
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      fill(name, placeholders),
      fill(value, placeholders),
    ]),
  );
  return new Promise((resolve, reject) => {
    const sent = http.request({
      ...target,
      method: request.method,
      path: fill(request.path, placeholders),
      headers: { ...headers, ...(body && !request.chunked ? { 'Content-Length': body.length } : {}) },
      agent: false,
      timeout: longestMs,
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${longestMs} ms`)));
    sent.once('error', (error: NodeJS.ErrnoException) => {
      // an answer that came first has resolved already
      if (error.code === 'ECONNRESET') resolve({ answers: [], closed: true, ...times(startedMs) });
      else reject(error);
    });
    sent.once('finish', onSent);
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
          ...times(startedMs),
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

export interface RawWait {
  /** Read until the server closes; otherwise one answer is enough. */
  readonly untilClosed: boolean;
  /** No answer at all is what is wanted. */
  readonly silent: boolean;
}

/** Plays a socket script and reads what comes back, at most `holdOpenMs` (15 s) long. `onSent`: the script has ended. */
export async function sendRaw(
  target: Target,
  { raw }: RawRequest,
  placeholders: Placeholders,
  { untilClosed, silent }: RawWait,
  onSent: () => void = () => undefined,
): Promise<Exchanged> {
  const startedMs = performance.now();
  const socket = net.connect({ ...target, allowHalfOpen: true });
  const chunks: Buffer[] = [];
  const done = Promise.withResolvers<void>();
  let closed = false;
  const close = (): void => {
    closed = true;
    done.resolve();
  };
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (!untilClosed && !silent && parseAnswers(Buffer.concat(chunks)).length > 0) done.resolve();
  });
  socket.once('end', () => {
    close();
    socket.end();
  });
  socket.once('close', close);
  socket.on('error', close);
  const limit = setTimeout(done.resolve, raw.holdOpenMs ?? (silent && !untilClosed ? silentMs : longestMs));
  let isOver = false;
  const played = play(socket, raw.send, placeholders, () => closed || isOver).then(onSent);
  played.catch(done.reject);
  try {
    await done.promise;
  } finally {
    clearTimeout(limit);
    isOver = true;
    await played.catch(() => undefined); // `done` has told it already
    socket.destroy();
  }
  const answers = parseAnswers(Buffer.concat(chunks));
  // who stopped reading at the answer has not seen the end that it announces
  const announced = !untilClosed && answers.at(-1)?.headers['connection'] === 'close';
  return { answers, closed: closed || announced, ...times(startedMs) };
}

async function play(
  socket: net.Socket,
  steps: readonly RawStep[],
  placeholders: Placeholders,
  isClosed: () => boolean,
): Promise<void> {
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  for (const step of steps) {
    if (isClosed()) return;
    if ('halfClose' in step) socket.end();
    else if ('reset' in step) await resetOnceSent(socket);
    else if ('repeatUntilClosed' in step) await playUntilClosed(socket, step, placeholders, isClosed);
    else socket.write(stepBytes(step, placeholders));
  }
}

/** What was written goes out first: a reset would overtake it. */
async function resetOnceSent(socket: net.Socket): Promise<void> {
  while ((socket.connecting || socket.writableLength > 0) && !socket.destroyed) await delay(1);
  socket.resetAndDestroy();
}

async function playUntilClosed(
  socket: net.Socket,
  step: Extract<RawStep, { repeatUntilClosed: string }>,
  placeholders: Placeholders,
  isClosed: () => boolean,
): Promise<void> {
  const text = fill(step.repeatUntilClosed, placeholders);
  for (let bytes = 0; bytes < step.maxBytes && !isClosed(); bytes += Math.max(1, text.length)) {
    const flushed = socket.write(text);
    if (step.everyMs > 0) await delay(step.everyMs);
    else if (!flushed) await delay(1);
  }
}

type FiniteStep = Exclude<RawStep, { halfClose: true } | { reset: true } | { repeatUntilClosed: string }>;

function stepBytes(step: FiniteStep, placeholders: Placeholders): Buffer {
  if ('head' in step) return Buffer.from(fill(step.head, placeholders));
  if ('text' in step) return Buffer.from(fill(step.text, placeholders));
  if ('base64' in step) return Buffer.from(step.base64, 'base64');
  if ('gen' in step) return generate(step.gen, placeholders);
  return Buffer.from(fill(step.repeat, placeholders).repeat(step.count));
}

/** What a script sends after its head, for a signature. */
export const scriptBody = ({ raw }: RawRequest, placeholders: Placeholders): Buffer =>
  Buffer.concat(
    raw.send.flatMap((step) =>
      'head' in step || 'halfClose' in step || 'reset' in step || 'repeatUntilClosed' in step
        ? []
        : [stepBytes(step, placeholders)],
    ),
  );

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
