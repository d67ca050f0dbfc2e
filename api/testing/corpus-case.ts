/** One case of `api/http/corpus/bad-input-http.json`. */
export interface CorpusCase {
  readonly id: string;
  readonly class: string;
  readonly title: string;
  /** A condition the runner sets up. */
  readonly needs?: readonly string[];
  /** Requests sent first, each with its own expectation. */
  readonly before?: readonly { readonly request: CorpusRequest; readonly expect: CorpusExpect }[];
  readonly request: CorpusRequest;
  readonly repeat?: {
    readonly count: number;
    readonly concurrency: number;
    /** A new Idempotency-Key for each. */
    readonly freshIdem?: boolean;
    /** Sent by every second one. */
    readonly alternateBody?: string;
  };
  readonly expect: CorpusExpect;
}

export type CorpusRequest = PlainRequest | RawRequest | { readonly transport: 'provider-reply' };

export interface PlainRequest {
  readonly transport?: undefined;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly bodyBase64?: string;
  readonly bodyGen?: BodyGen;
  /** Sent without Content-Length. */
  readonly chunked?: boolean;
}

export interface RawRequest {
  readonly transport: 'raw';
  readonly raw: {
    readonly send: readonly RawStep[];
    readonly responses?: 'until close';
    readonly connections?: number;
    readonly holdOpenMs?: number;
  };
}

export type RawStep =
  | { readonly head: string }
  | { readonly text: string }
  | { readonly base64: string }
  | { readonly gen: BodyGen }
  | { readonly repeat: string; readonly count: number }
  | { readonly repeatUntilClosed: string; readonly everyMs: number; readonly maxBytes: number }
  | { readonly halfClose: true };

export type BodyGen =
  | {
      readonly kind: 'concat';
      readonly parts: readonly (string | { readonly repeat: string; readonly count: number })[];
    }
  | { readonly kind: 'pad'; readonly of: string; readonly bytes: number }
  | {
      readonly kind: 'lines';
      readonly count: number;
      readonly line: object;
      readonly skuCycle?: readonly string[];
    }
  | { readonly kind: 'keys'; readonly count: number; readonly prefix: string; readonly value: string }
  | { readonly kind: 'gzip'; readonly of: BodyGen };

export interface CorpusExpect {
  /** 0 = no answer. */
  readonly status: number | readonly number[];
  /** Last segment of `type`; null = not looked at. */
  readonly problemType?: string | null;
  readonly problemTypes?: readonly string[];
  readonly pointer?: string;
  /** `*` = any value; a value that ends with `*` is a prefix. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly replayed?: boolean;
  readonly orders?: string;
  readonly closes?: boolean;
  readonly withinMs?: number;
  readonly maxResponses?: number;
  readonly aggregate?: string;
}

/** What `{{name}}` stands for; undefined = unknown. */
export type Placeholders = (name: string) => string | undefined;

/** A text with its placeholders filled in. Throws on one that nobody knows. */
export function fill(text: string, placeholders: Placeholders): string {
  const filled = text.replaceAll(/\{\{([^}]+)\}\}/g, (whole, name: string) => {
    if (name.startsWith('pad:')) return whole;
    const [, character, count] = /^repeat:(.):(\d+)$/.exec(name) ?? [];
    if (character !== undefined) return character.repeat(Number(count));
    const value = valueOf(name, placeholders);
    if (value === undefined)
      throw new RangeError(`the corpus names {{${name}}}, the runner does not know it`);
    return value;
  });
  const pad = /\{\{pad:(.):(\d+)\}\}$/.exec(filled);
  return pad ? filled.slice(0, pad.index).padEnd(Number(pad[2]), pad[1]) : filled;
}

function valueOf(name: string, placeholders: Placeholders): string | undefined {
  const [of = '', suffix] = name.split(':');
  const value = placeholders(of);
  if (value === undefined) return undefined;
  if (suffix === 'upper') return value.toUpperCase();
  if (suffix === 'short') return value.slice(0, -1);
  return suffix === 'flip' ? value.slice(0, -1) + (value.endsWith('A') ? 'B' : 'A') : value;
}
