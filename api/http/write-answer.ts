import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import { limitHeaders } from './limit-headers.ts';
import { bodyBytesMax } from './read-body.ts';
import { contextOf } from './request-context.ts';

/** How long an answered request is read on, and thrown away, before its connection is closed. */
const lingerMs = 200;

/**
 * Writes an answer unless one has begun or the caller is gone. A request whose body was not read and is not
 * known to be small, or that is not framed as HTTP wants it, loses its connection (`close`).
 */
export function writeAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  close: boolean,
): void {
  if (response.headersSent || response.destroyed) return;
  const closes = close || holdsUnreadBody(request);
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  setLimits(request, response);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (answer.status !== 304 && answer.status !== 204)
    response.setHeader('Content-Length', Buffer.byteLength(answer.body));
  if (closes) response.setHeader('Connection', 'close');
  if (closes && !request.complete) endBehindRequest(request, response, answer.body);
  else response.end(answer.body); // a text goes out with its head in one write, bytes would take two
}

/** The limits a caller came under, as they stand now: every answer to somebody who was let in begins with them. */
export function setLimits(request: IncomingMessage, response: ServerResponse): void {
  const states = contextOf(request).limits();
  if (states.length === 0) return;
  for (const [name, value] of Object.entries(limitHeaders(states))) response.setHeader(name, value);
}

function holdsUnreadBody(request: IncomingMessage): boolean {
  if (request.complete) return false;
  if (request.headers.expect !== undefined || request.headers['transfer-encoding'] !== undefined) return true;
  return Number(request.headers['content-length'] ?? 0) > bodyBytesMax;
}

/**
 * Node closes the socket behind its last answer. What the caller sent and nobody read would turn that into a reset,
 * which overtakes what is still on its way to him: so the answer has its end when the request has, or a little later.
 */
function endBehindRequest(request: IncomingMessage, response: ServerResponse, body: Answer['body']): void {
  const end = (): void => void response.end();
  request.once('end', end).once('close', end).resume();
  const linger = (): void => void setTimeout(end, lingerMs).unref();
  if (body.length > 0 && request.method !== 'HEAD') response.write(body, linger);
  else {
    response.flushHeaders();
    linger();
  }
}
