import type { IncomingMessage } from 'node:http';
import { crashPoint } from '../../infra/clients/crash-point.ts';
import { Problem } from './problem.ts';

/** Bytes of a body that are read at most (reliability §10). */
export const bodyBytesMax = 65_536;

/** The caller went away before its request was complete: nobody is left to answer. */
export class ClientGone extends Error {}

/**
 * The bytes of a body. Refuses on Content-Length before anything is read, and when the byte above the limit
 * arrives; `beforeReading` sends a 100 Continue where one is expected.
 */
export function readBody(
  request: IncomingMessage,
  beforeReading: () => void,
  bytesMax = bodyBytesMax,
): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  beforeReading();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (end: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('close', onGone).off('error', onGone);
      end();
    };
    const onData = (chunk: Buffer): void => {
      bytes += chunk.length;
      chunks.push(chunk);
      crashPoint('api.mid-body');
      if (bytes > bytesMax) settle(() => reject(tooLarge(bytesMax)));
    };
    const onEnd = (): void => settle(() => resolve(Buffer.concat(chunks, bytes)));
    const onGone = (): void => settle(() => reject(new ClientGone('the request ended early')));
    request.on('data', onData).once('end', onEnd).once('close', onGone).once('error', onGone);
  });
}

const tooLarge = (bytesMax: number): Problem =>
  new Problem('payload-too-large', {
    detail: `At most ${bytesMax.toLocaleString('en')} bytes are read.`,
  });
