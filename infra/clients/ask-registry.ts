import { z } from 'zod';
import { type LinkEnd, type LinkTrouble, linkTroubleOf, linkWords } from './link-fault.ts';
import type { Link } from './links.ts';
import { whatIsLacking } from './what-is-lacking.ts';

/** The registry's own word. An outage is neither: it rejects. */
export type RegistryAnswer =
  | { readonly is: 'found'; readonly body: unknown }
  /** It knows its API and says there is no such schema, subject or version. */
  | { readonly is: 'denied'; readonly code: number };

const answerWithinMs = 10_000;
/** Subject, version or schema not found (docs.confluent.io, Schema Registry API, errors). */
const denials: ReadonlySet<number> = new Set([40_401, 40_402, 40_403]);
const denial = z.object({ error_code: z.number() });

export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly status: number | null;
  /** It may answer when it is asked again: it was not reached, said that it cannot now, or somebody else spoke for it. */
  readonly isPassing: boolean;
  constructor(message: string, of: { status: number | null; isPassing: boolean }, options?: ErrorOptions) {
    super(message, options);
    this.status = of.status;
    this.isPassing = of.isPassing;
  }
}

const passingTroubles: ReadonlySet<LinkTrouble> = new Set(['away', 'transport']);
/** Time-out of the request, too many requests (RFC 9110 §15.5.9, RFC 6585 §4). */
const passingStatuses: ReadonlySet<number> = new Set([408, 429]);

/**
 * One call of the registry's Confluent API. Rejects with a RegistryError on anything but its own JSON: a proxy's
 * error page with status 200 or 404 says nothing about a schema.
 */
export async function askRegistry(
  link: Link,
  path: string,
  send?: { readonly method: 'PUT' | 'POST'; readonly body: object },
): Promise<RegistryAnswer> {
  const { url, username, password } = link;
  const at = `${url}${path}`;
  const end: LinkEnd = { engine: 'the schema registry', at: url, username };
  let response: Response;
  let text: string;
  try {
    response = await fetch(at, {
      method: send?.method ?? 'GET',
      signal: AbortSignal.timeout(answerWithinMs),
      headers: {
        'content-type': 'application/vnd.schemaregistry.v1+json',
        ...(username ? { authorization: basic(username, password ?? '') } : {}),
      },
      ...(send ? { body: JSON.stringify(send.body) } : {}),
    });
    text = await response.text();
  } catch (error) {
    const trouble = linkTroubleOf(error);
    const isPassing = passingTroubles.has(trouble) && whatIsLacking(error) === '';
    throw new RegistryError(linkWords(end, trouble), { status: null, isPassing }, { cause: error });
  }
  const body = parseJson(text);
  if (response.ok && body !== undefined) return { is: 'found', body };
  const refusal = denial.safeParse(body);
  if (response.status === 404 && refusal.success && denials.has(refusal.data.error_code)) {
    return { is: 'denied', code: refusal.data.error_code };
  }
  const { status } = response;
  if (status === 401 || status === 403)
    throw new RegistryError(linkWords(end, 'credentials'), { status, isPassing: false });
  throw new RegistryError(`the schema registry answered ${at} with status ${status}: ${text.slice(0, 300)}`, {
    status,
    isPassing: status >= 500 || passingStatuses.has(status) || body === undefined,
  });
}

/** RFC 7617. */
const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not the registry's own answer: the caller calls it an outage
  }
}
