import type { Received } from '../exchange.ts';

/** The first whole answer in what a socket received, and what stands behind it; null = more must come. */
export function readAnswer(
  bytes: Buffer,
  isHead: boolean,
): { readonly answer: Received; readonly rest: Buffer } | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [first = '', ...lines] = bytes.subarray(0, headEnd).toString('latin1').split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? Number.NaN);
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const behind = bytes.subarray(headEnd + 4);
  if (isHead || status === 204 || status === 304 || status < 200)
    return { answer: { status, headers, body: '' }, rest: behind };
  if (headers['transfer-encoding'] === 'chunked') {
    const read = readChunks(behind);
    return read && { answer: { status, headers, body: read.body }, rest: read.rest };
  }
  const length = Number(headers['content-length'] ?? 0);
  if (behind.length < length) return null;
  const body = behind.subarray(0, length).toString();
  return { answer: { status, headers, body }, rest: behind.subarray(length) };
}

function readChunks(bytes: Buffer): { readonly body: string; readonly rest: Buffer } | null {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString('latin1'), 16);
    const end = lineEnd + 2 + size;
    if (bytes.length < end + 2) return null;
    if (size === 0) return { body: Buffer.concat(chunks).toString(), rest: bytes.subarray(end + 2) };
    chunks.push(bytes.subarray(lineEnd + 2, end));
    at = end + 2;
  }
}
