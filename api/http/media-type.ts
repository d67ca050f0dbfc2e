import { Problem } from './problem.ts';

/** Throws unless the body is JSON in UTF-8: `application/json`, with no charset or utf-8 (RFC 8259 §8.1). */
export function requireJsonBody(contentType: string | undefined, contentEncoding: string | undefined): void {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const charsets = parameters.filter((parameter) => /^charset\s*=/.test(parameter));
  const foreign = charsets.some((charset) => !/^charset\s*=\s*(utf-8|"utf-8")$/.test(charset));
  if (type !== 'application/json' || foreign || charsets.length > 1) {
    throw new Problem('unsupported-media-type', { headers: { Accept: 'application/json' } });
  }
  if (contentEncoding !== undefined && contentEncoding.trim().toLowerCase() !== 'identity') {
    throw new Problem('unsupported-content-encoding', { headers: { 'Accept-Encoding': 'identity' } });
  }
}

/**
 * The first of `offered` that an Accept header takes, by its most specific matching range; null if none
 * (RFC 9110 §12.5.1). No header takes the first.
 */
export function chooseMediaType<T extends string>(
  accept: string | undefined,
  offered: readonly T[],
): T | null {
  if (accept === undefined || accept.trim() === '') return offered[0] ?? null;
  const ranges = accept.split(',').flatMap(parseRange);
  const ranked = offered
    .map((type) => ({ type, quality: qualityOf(type, ranges) }))
    .filter(({ quality }) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  return ranked[0]?.type ?? null;
}

interface Range {
  readonly type: string;
  readonly quality: number;
}

function parseRange(text: string): readonly Range[] {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  if (!/^[\w.+*-]+\/[\w.+*-]+$/.test(type)) return [];
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return quality >= 0 && quality <= 1 ? [{ type, quality }] : [];
}

function qualityOf(type: string, ranges: readonly Range[]): number {
  const wider = [type, `${type.slice(0, type.indexOf('/'))}/*`, '*/*'];
  for (const range of wider) {
    const match = ranges.find((candidate) => candidate.type === range);
    if (match) return match.quality;
  }
  return 0;
}
