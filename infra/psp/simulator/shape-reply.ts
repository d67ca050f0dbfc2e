import { assertNever } from '../../../schemas/assert-never.ts';
import type { Delivery } from './provider.ts';
import { bodyBytesMax } from './protocol.ts';

/** A reply as it goes over the wire. */
export interface WireReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** How a call ends: a reply, after a while or cut short, or none. */
export type WireEnd =
  | { readonly is: 'reply'; readonly reply: WireReply; readonly delayMs: number }
  | { readonly is: 'half'; readonly reply: WireReply }
  | { readonly is: 'silence' }
  | { readonly is: 'reset' };

const slowMs = 400;
const json = { 'content-type': 'application/json' };

/** The delivery on the wire: what its fault makes of the true answer. */
export function shapeReply({ status, reply: text, replayed, how }: Delivery): WireEnd {
  const headers = replayed ? { ...json, 'idempotent-replayed': 'true' } : json;
  const reply: WireReply = { status, headers, text };
  const whole = (changed: Partial<WireReply>, delayMs = 0): WireEnd => ({
    is: 'reply',
    reply: { ...reply, ...changed },
    delayMs,
  });
  switch (how?.is) {
    case undefined:
      return whole({});
    case 'slow':
      return whole({}, slowMs);
    case 'silence':
    case 'reset':
      return { is: how.is };
    case 'half':
      return { is: 'half', reply };
    case 'html':
      return whole({ status: 200, headers: { 'content-type': 'text/html' }, text: '<h1>OK</h1>' });
    case 'redirect':
      return whole({ status: 307, headers: { ...json, location: 'http://redirected.invalid/' }, text: '{}' });
    case 'too-large':
      return whole({ text: JSON.stringify({ pad: 'x'.repeat(bodyBytesMax) }) });
    case 'bent':
      return whole(status === 200 ? { text: bend(text, how.what) } : {});
    case 'error': {
      const { type, code, retryAfterSeconds } = how;
      return whole({
        status: how.status,
        headers: {
          ...headers,
          ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
        },
        text: JSON.stringify({ error: { type, code, message: code } }),
      });
    }
    default:
      return assertNever(how);
  }
}

type Bent = 'amount' | 'currency' | 'reference' | 'status' | 'key-twice';

function bend(text: string, what: Bent): string {
  const object = JSON.parse(text) as Record<string, unknown>;
  const one = (name: string) => (typeof object[name] === 'number' ? { [name]: object[name] + 1 } : {});
  switch (what) {
    case 'amount':
      return JSON.stringify({
        ...object,
        ...one('amount'),
        ...one('amount_received'),
        ...one('amount_capturable'),
      });
    case 'currency':
      return JSON.stringify({ ...object, currency: 'xxx' });
    case 'reference':
      return JSON.stringify({
        ...object,
        id: 'pi_of_another',
        ...('payment_intent' in object ? { payment_intent: 'pi_of_another' } : {}),
        metadata: { opId: 'o-0:authorize:1', orderId: 'o-0' },
      });
    case 'status':
      return JSON.stringify({ ...object, status: 'dreaming' });
    case 'key-twice':
      return text.replace('{', '{"status":"succeeded",');
    default:
      return assertNever(what);
  }
}
