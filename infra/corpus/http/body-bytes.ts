import { gzipSync } from 'node:zlib';
import { assertNever } from '../../../schemas/assert-never.ts';
import { fill, type Placeholders } from './fill.ts';
import type { BodyGen, PlainRequest } from './http-case.ts';

/** The bytes of a request's body; null = none. */
export function bodyBytes(
  request: Pick<PlainRequest, 'body' | 'bodyBase64' | 'bodyGen'>,
  placeholders: Placeholders,
): Buffer | null {
  if (request.body !== undefined) return Buffer.from(fill(request.body, placeholders));
  if (request.bodyBase64 !== undefined) return Buffer.from(request.bodyBase64, 'base64');
  return request.bodyGen ? generate(request.bodyGen, placeholders) : null;
}

/** The bytes of a generated body. */
export function generate(gen: BodyGen, placeholders: Placeholders): Buffer {
  switch (gen.kind) {
    case 'concat':
      return Buffer.from(
        gen.parts
          .map((part) =>
            typeof part === 'string'
              ? fill(part, placeholders)
              : fill(part.repeat, placeholders).repeat(part.count),
          )
          .join(''),
      );
    case 'pad':
      return Buffer.from(fill(gen.of, placeholders).padEnd(gen.bytes, ' '));
    case 'lines':
      return Buffer.from(fill(orderOf(gen.count, gen.line, gen.skuCycle), placeholders));
    case 'keys':
      return Buffer.from(
        `{${Array.from({ length: gen.count }, (_, i) => `"${gen.prefix}${i}":${gen.value}`).join(',')}}`,
      );
    case 'gzip':
      return gzipSync(generate(gen.of, placeholders));
    default:
      return assertNever(gen);
  }
}

function orderOf(count: number, line: object, skuCycle: readonly string[] | undefined): string {
  const lines = Array.from({ length: count }, (_, i) => ({
    ...line,
    ...(skuCycle ? { sku: skuCycle[i % skuCycle.length] } : {}),
  }));
  return JSON.stringify({ customerId: 'c-17850', currency: 'GBP', lines, paymentToken: 'tok_ok' });
}
