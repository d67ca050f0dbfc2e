import { bodyBytes } from './body-bytes.ts';
import type { CorpusPlace } from './corpus-place.ts';
import { type Exchanged, scriptBody, sendPlain, sendRaw, type Target } from './exchange.ts';
import { fill, type Placeholders } from './fill.ts';
import type { CaseRequest, Expectation, PlainRequest, RawRequest } from './http-case.ts';
import { allowedStatuses } from './judge-answer.ts';
import { withSignature } from './signed-webhook.ts';

/** What one request of a case came to. */
export interface Sent {
  readonly exchanged: Exchanged;
  readonly method: string;
  /** As it went out; null = none did. */
  readonly idempotencyKey: string | null;
}

export interface SendPlace extends Pick<CorpusPlace, 'stores' | 'config'> {
  readonly target: Target;
}

/** Sends a request of a case with its placeholders filled in and its webhook signed. Throws on what it does not know. */
export async function sendRequest(
  place: SendPlace,
  request: CaseRequest,
  placeholders: Placeholders,
  expected: Expectation,
  onSent?: () => void,
): Promise<Sent> {
  const by = { secret: place.config.pspSecret, nowMs: Date.now() };
  if (request.transport === 'provider-reply') throw new RangeError('a provider’s reply is no request');
  if (request.transport === 'raw') {
    const script = ofThisStore(request, place);
    const signed = withSignature(placeholders, scriptBody(script, placeholders), by);
    const untilClosed =
      expected.closes === true ||
      script.raw.responses === 'until close' ||
      /\r\nConnection: close\r\n/i.test(JSON.stringify(script.raw.send).replaceAll('\\r\\n', '\r\n'));
    const silent = allowedStatuses(expected).every((status) => status === 0);
    const exchanged = await sendRaw(place.target, script, signed, { untilClosed, silent }, onSent);
    return { exchanged, ...headOf(script, signed) };
  }
  const plain = { ...request, path: webhookOf(request.path, place) };
  const raw = bodyBytes(plain, placeholders) ?? Buffer.alloc(0);
  const signed = withSignature(placeholders, raw, by);
  const exchanged = await sendPlain(place.target, plain, signed, onSent);
  return { exchanged, method: plain.method, idempotencyKey: keyOf(plain, signed) };
}

const webhook = /(\/v1\/webhooks\/[^/\s]+\/)(S[12])(?=[\s?]|$)/g;

/** The corpus calls the stores S1 and S2; here they have names of their own. */
const webhookOf = (text: string, { stores }: SendPlace): string =>
  text.replaceAll(webhook, (_, path: string, store: 'S1' | 'S2') => path + stores[store]);

const ofThisStore = (request: RawRequest, place: SendPlace): RawRequest => ({
  ...request,
  raw: {
    ...request.raw,
    send: request.raw.send.map((step) =>
      'head' in step
        ? { head: webhookOf(step.head, place) }
        : 'text' in step
          ? { text: webhookOf(step.text, place) }
          : step,
    ),
  },
});

function keyOf({ headers }: PlainRequest, placeholders: Placeholders): string | null {
  const [, value] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'idempotency-key') ?? [];
  return value === undefined ? null : fill(value, placeholders);
}

function headOf(
  { raw }: RawRequest,
  placeholders: Placeholders,
): { readonly method: string; readonly idempotencyKey: string | null } {
  const text = raw.send
    .map((step) => ('head' in step ? step.head : 'text' in step ? step.text : ''))
    .join('');
  const [, key] = /^Idempotency-Key:[ \t]*(.*?)\r?$/im.exec(text) ?? [];
  const [method = ''] = text.split(' ', 1);
  return { method, idempotencyKey: key === undefined ? null : fill(key, placeholders) };
}
