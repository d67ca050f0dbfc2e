import net from 'node:net';
import type { Received, Target } from '../exchange.ts';
import { type HostileRequest, wireBytes } from './hostile-request.ts';
import { readAnswer } from './read-answer.ts';

/** Requests on their way at once on a connection. */
const depth = 16;
/** A connection on which nothing comes for so long is given up. */
const silentMs = 15_000;

/**
 * Sends requests one behind the other on a connection of their own, and tells each answer in their order. Those without
 * one when the connection has ended are returned: an answer before them may have closed it.
 */
export function sendPipelined<R extends { readonly request: HostileRequest }>(
  target: Target,
  requests: readonly R[],
  onAnswer: (of: R, answer: Received) => void,
): Promise<readonly R[]> {
  return new Promise((resolve) => {
    const socket = net.connect({ ...target, noDelay: true });
    const unsent = [...requests];
    const waiting: R[] = [];
    let received: Buffer = Buffer.alloc(0);
    const end = (): void => {
      socket.removeAllListeners('data');
      socket.destroy();
      resolve([...waiting, ...unsent]);
      waiting.length = 0;
      unsent.length = 0;
    };
    const send = (): void => {
      const batch: Buffer[] = [];
      for (let next = unsent[0]; next && waiting.length < depth; next = unsent[0]) {
        unsent.shift();
        waiting.push(next);
        batch.push(wireBytes(next.request));
      }
      if (batch.length > 0) socket.write(Buffer.concat(batch));
    };
    socket.setTimeout(silentMs, end);
    socket.once('connect', send);
    socket.on('error', () => undefined); // what it means is told by who has no answer
    socket.once('close', end);
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      for (let next = waiting[0]; next; next = waiting[0]) {
        const read = readAnswer(received, next.request.method === 'HEAD');
        if (!read) break;
        received = read.rest;
        if (read.answer.status === 100) continue; // it may send its body: it has
        waiting.shift();
        onAnswer(next, read.answer);
        if (read.answer.headers['connection'] === 'close') return end();
      }
      if (waiting.length === 0 && unsent.length === 0) end();
      else if (waiting.length <= depth / 2) send();
    });
  });
}
