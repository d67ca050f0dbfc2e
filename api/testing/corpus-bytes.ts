import { gzipSync } from 'node:zlib';
import { type BodyGen, fill, type Placeholders, type PlainRequest } from './corpus-case.ts';

/** The bytes of a plain request's body; null = none. */
export function bodyBytes(request: PlainRequest, placeholders: Placeholders): Buffer | null {
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
            typeof part === 'string' ? fill(part, placeholders) : part.repeat.repeat(part.count),
          )
          .join(''),
      );
    case 'pad':
      return Buffer.from(fill(gen.of, placeholders).padEnd(gen.bytes, ' '));
    case 'lines':
      return Buffer.from(orderOf(gen.count, gen.line, gen.skuCycle));
    case 'keys':
      return Buffer.from(
        `{${Array.from({ length: gen.count }, (_, i) => `"${gen.prefix}${i}":${gen.value}`).join(',')}}`,
      );
    case 'gzip':
      return gzipSync(generate(gen.of, placeholders));
    default:
      throw new TypeError(`a body of kind ${JSON.stringify(gen)} is not known`);
  }
}

function orderOf(count: number, line: object, skuCycle: readonly string[] | undefined): string {
  const lines = Array.from({ length: count }, (_, i) => ({
    ...line,
    ...(skuCycle ? { sku: skuCycle[i % skuCycle.length] } : {}),
  }));
  return JSON.stringify({ customerId: 'c-17850', currency: 'GBP', lines, paymentToken: 'tok_ok' });
}
