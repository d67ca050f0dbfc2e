/** A request as it goes over the wire, still in pieces that can be spoiled. */
export interface HostileRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  /** Lines, names as they are sent; Content-Length is added at the end. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | null;
  /** What stands after the head in place of a body of known length. */
  readonly framing: 'length' | 'chunked' | Buffer;
  /** Set where the message itself is broken: the connection's further requests are lost with it. */
  readonly breaksFraming: boolean;
  /** What is broken is the body of a request that has none to read: it may be answered before that is seen. */
  readonly mayGoUnread: boolean;
  /** Names of what was done to a valid request. */
  readonly mutations: readonly string[];
}

/** The bytes of a request, a broken one included. */
export function wireBytes({ method, target, headers, body, framing }: HostileRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const head = `${method} ${target} HTTP/1.1\r\n${lines}`;
  if (Buffer.isBuffer(framing)) return Buffer.concat([Buffer.from(head, 'latin1'), framing]);
  if (body === null) return Buffer.from(`${head}\r\n`, 'latin1');
  if (framing === 'length')
    return Buffer.concat([Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n`, 'latin1'), body]);
  const half = body.length >> 1;
  const chunks = [body.subarray(0, half), body.subarray(half)].filter((chunk) => chunk.length > 0);
  return Buffer.concat([
    Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`, 'latin1'),
    ...chunks.flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)}\r\n`),
      chunk,
      Buffer.from('\r\n'),
    ]),
    Buffer.from('0\r\n\r\n'),
  ]);
}
