import type http from 'node:http';
import { bodyBytesMax } from './protocol.ts';
import type { WireEnd } from './shape-reply.ts';

/** Ends the call as it shall end. */
export function send(response: http.ServerResponse, end: WireEnd): void {
  switch (end.is) {
    case 'silence':
      return; // the caller hangs up
    case 'reset':
      response.socket?.resetAndDestroy();
      return;
    case 'half': {
      const { status, headers, text } = end.reply;
      response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
      response.write(text.slice(0, text.length >> 1), () => response.destroy());
      return;
    }
    case 'reply': {
      const { status, headers, text } = end.reply;
      const write = (): void => {
        response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
        response.end(text);
      };
      if (end.delayMs === 0) write();
      else setTimeout(write, end.delayMs);
    }
  }
}

/** The body, or null if it is too large. Rejects if the caller hangs up before its end. */
export async function readBody(request: http.IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= bodyBytesMax) chunks.push(chunk as Buffer); // read to its end, else the caller gets a reset for an answer
  }
  return size <= bodyBytesMax ? Buffer.concat(chunks) : null;
}
