/**
 * What may go wrong around one call, whatever the operation (payments §8). Named alike in a test token (`tok_lost_reply`,
 * `tok_capture_lost_reply`), in `MILLRACE_PSP_FAULTS` (`lost-reply:0.05`) and in a plan for one call (`POST /control`).
 */
export interface CallFault {
  readonly does: string;
  readonly seen: string;
  /** Is the operation executed in this call? */
  readonly executes: boolean;
  readonly reply: FaultyReply;
  /** The error in the reply is kept under the key, as if it were the operation's answer. */
  readonly isKept?: true;
  /** The provider forgets the key at once. */
  readonly isForgotten?: true;
}

export type FaultyReply =
  | { readonly is: 'slow' }
  /** The connection stays open, nothing comes. */
  | { readonly is: 'silence' }
  | { readonly is: 'reset' }
  | { readonly is: 'half' }
  | { readonly is: 'html' }
  | { readonly is: 'redirect' }
  | { readonly is: 'too-large' }
  /** The true answer with one field that is not true, or a key twice. */
  | { readonly is: 'bent'; readonly what: 'amount' | 'currency' | 'reference' | 'status' | 'key-twice' }
  | {
      readonly is: 'error';
      readonly status: number;
      readonly type: string;
      readonly code: string;
      readonly retryAfterSeconds?: number;
    };

const error = (status: number, type: string, code: string): FaultyReply => ({
  is: 'error',
  status,
  type,
  code,
});
const oops = error(500, 'api_error', 'internal');
const mismatch = 'unknown (mismatch) and a discrepancy, never ok';
const unmapped = 'unknown (unmapped); a look-up finds it';

export const callFaults = {
  slow: { does: 'answers after 400 ms', seen: 'ok', executes: true, reply: { is: 'slow' } },
  timeout: {
    does: 'executes, never answers',
    seen: 'unknown (timeout), then ok',
    executes: true,
    reply: { is: 'silence' },
  },
  'lost-reply': {
    does: 'executes, then the connection breaks',
    seen: 'unknown (reset), then ok; one effect',
    executes: true,
    reply: { is: 'reset' },
  },
  'reset-before': {
    does: 'the connection breaks, nothing is executed',
    seen: 'unknown (reset), not found, sent again',
    executes: false,
    reply: { is: 'reset' },
  },
  'half-reply': {
    does: 'executes, the connection breaks in mid-reply',
    seen: 'unknown (reset), then ok; one effect',
    executes: true,
    reply: { is: 'half' },
  },
  '500-before': {
    does: '500, nothing executed or kept',
    seen: 'unknown (server), not found, sent again',
    executes: false,
    reply: oops,
  },
  '500-after': {
    does: 'executes, answers 500; the key keeps the true answer',
    seen: 'unknown (server), then ok; one effect',
    executes: true,
    reply: oops,
  },
  '500-before-kept': {
    does: '500, nothing executed; the key keeps the 500',
    seen: 'unknown (server) for ever under this key; attempt + 1 after a look-up proves that nothing happened',
    executes: false,
    isKept: true,
    reply: oops,
  },
  '500-after-kept': {
    does: 'executes, answers 500; the key keeps the 500',
    seen: 'unknown (server) for ever under this key; a look-up finds it',
    executes: true,
    isKept: true,
    reply: oops,
  },
  '429': {
    does: '429 with Retry-After: 1',
    seen: 'not-executed, again',
    executes: false,
    reply: { is: 'error', status: 429, type: 'rate_limit_error', code: 'rate_limit', retryAfterSeconds: 1 },
  },
  '401': {
    does: '401',
    seen: 'not-executed, again, alarm (credentials)',
    executes: false,
    reply: error(401, 'invalid_request_error', 'api_key_expired'),
  },
  '409': {
    does: '409, the key is in use',
    seen: 'unknown (conflict), then ok',
    executes: false,
    reply: error(409, 'idempotency_error', 'idempotency_key_in_use'),
  },
  '424': {
    does: '424',
    seen: 'unknown (server), not found, sent again',
    executes: false,
    reply: error(424, 'api_error', 'external_dependency_failed'),
  },
  html: { does: 'executes, answers 200 in HTML', seen: unmapped, executes: true, reply: { is: 'html' } },
  redirect: {
    does: 'executes, answers 307 to another host',
    seen: `${unmapped}; never followed`,
    executes: true,
    reply: { is: 'redirect' },
  },
  'too-large': {
    does: 'executes, answers more than 64 KB',
    seen: unmapped,
    executes: true,
    reply: { is: 'too-large' },
  },
  'key-twice': {
    does: 'executes, answers JSON in which a key stands twice',
    seen: unmapped,
    executes: true,
    reply: { is: 'bent', what: 'key-twice' },
  },
  'new-status': {
    does: 'executes, answers a status word nobody knows',
    seen: unmapped,
    executes: true,
    reply: { is: 'bent', what: 'status' },
  },
  'wrong-amount': {
    does: 'executes, answers another amount',
    seen: mismatch,
    executes: true,
    reply: { is: 'bent', what: 'amount' },
  },
  'wrong-currency': {
    does: 'executes, answers another currency',
    seen: mismatch,
    executes: true,
    reply: { is: 'bent', what: 'currency' },
  },
  'wrong-reference': {
    does: 'executes, answers with the object of another operation',
    seen: mismatch,
    executes: true,
    reply: { is: 'bent', what: 'reference' },
  },
  'key-forgotten': {
    does: 'executes, the connection breaks, and the key is forgotten',
    seen: 'unknown (reset); no resend on trust: a look-up finds it, else a person',
    executes: true,
    isForgotten: true,
    reply: { is: 'reset' },
  },
} as const satisfies Record<string, CallFault>;

export type CallFaultName = keyof typeof callFaults;

export const callFaultNames = Object.keys(callFaults) as readonly CallFaultName[];

export const isCallFault = (name: string): name is CallFaultName => Object.hasOwn(callFaults, name);
