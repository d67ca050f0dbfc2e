import { type CallFaultName, callFaultNames, callFaults } from './call-faults.ts';
import type { OperationKind } from './protocol.ts';

/** What the provider does with a payment made by a test token, from the authorization to the settlement. */
export interface TokenBehaviour {
  /** For people; `psp-simulator-page.ts` writes it into the documents. */
  readonly does: string;
  readonly seen: string;
  readonly authorize?: AuthorizeJudgement;
  /** `refuse`: a card error; otherwise processing for so long, then captured. */
  readonly capture?: 'refuse' | { readonly pendingMs: number };
  /** The provider captures when it is asked to void, and refuses the void. */
  readonly capturesOnVoid?: true;
  /** By the payment's n-th refund, from 0; `ok` past the end. */
  readonly refunds?: readonly RefundJudgement[];
  readonly dispute?: DisputePlan;
  /** By the operation's n-th call, from 0; none past the end. */
  readonly calls?: { readonly [Kind in OperationKind]?: readonly CallFaultName[] };
  /** Holds for the first two look-ups in which it would show. */
  readonly lookUp?: LookUpFault;
  readonly webhook?: WebhookFault;
  readonly settlement?: SettlementFault;
}

export type AuthorizeJudgement =
  | { readonly is: 'decline'; readonly code: string; readonly declineCode: string | null }
  /** The customer must act; after `afterMs` he has. `end` null: never. */
  | { readonly is: 'action'; readonly end: 'authorized' | 'declined' | null }
  | { readonly is: 'processing'; readonly end: 'authorized' | 'declined' | null }
  /** Captured in one step, unasked. */
  | { readonly is: 'captured' }
  /** Authorized, and captured or lapsed right after the answer. */
  | { readonly is: 'then'; readonly what: 'captured' | 'lapsed' };

export type RefundJudgement = 'ok' | 'pending' | 'fail' | 'fail-later' | 'fail-after-success';

export interface DisputePlan {
  readonly opens: 'on-capture' | 'on-refund';
  readonly ends: 'won' | 'lost';
}

export type LookUpFault = 'unavailable' | 'stale' | 'contradicting';

export const webhookFaults = {
  twice: { does: 'delivers each event twice', seen: 'one effect' },
  reordered: { does: 'delivers each event after the next one', seen: 'one effect' },
  lost: { does: 'never delivers', seen: 'the janitor finds it' },
  late: { does: 'delivers after 3 days of its clock', seen: 'one effect' },
  forged: { does: 'somebody else delivers first, under a wrong signature', seen: '401, no effect' },
  early: { does: 'delivers before the reply of the operation', seen: 'one effect' },
  orphan: { does: 'delivers an event of no order of ours beside it', seen: 'kept, alarm by age' },
} as const;
export type WebhookFault = keyof typeof webhookFaults;
export const isWebhookFault = (name: string): name is WebhookFault => Object.hasOwn(webhookFaults, name);

export const settlementFaults = {
  missing: { does: 'its charge is in no settlement file', seen: 'one difference: missing there' },
  double: { does: 'its charge stands twice in the file', seen: 'one difference: double' },
  amount: { does: 'its charge stands there with 1 more', seen: 'one difference: amount' },
  foreign: {
    does: 'a charge of nobody stands in the file beside it',
    seen: 'one difference: missing here',
  },
  payout: {
    does: 'the payout of its day is 1 less than its lines add up to',
    seen: 'one difference: amount, of the payout',
  },
} as const;
export type SettlementFault = keyof typeof settlementFaults;

export const day = 86_400_000;
/** After this a customer has acted, a slow bank has answered. */
export const soonMs = 2_000;

const decline = (code: string, declineCode: string | null = null): AuthorizeJudgement => ({
  is: 'decline',
  code,
  declineCode,
});

const named = {
  tok_ok: { does: 'authorizes, captures, refunds', seen: 'Confirmed' },
  tok_declined: {
    does: 'declines: card_declined',
    seen: 'Declined (other-method)',
    authorize: decline('card_declined'),
  },
  tok_declined_never: {
    does: 'declines: stolen_card',
    seen: 'Declined (never)',
    authorize: decline('card_declined', 'stolen_card'),
  },
  tok_declined_later: {
    does: 'declines: insufficient_funds',
    seen: 'Declined (later)',
    authorize: decline('card_declined', 'insufficient_funds'),
  },
  tok_action_done: {
    does: 'the customer must act, and does after 2 s',
    seen: 'action, then Authorized',
    authorize: { is: 'action', end: 'authorized' },
  },
  tok_action_refused: {
    does: 'the customer must act, and fails after 2 s',
    seen: 'action, then Declined',
    authorize: { is: 'action', end: 'declined' },
  },
  tok_action_never: {
    does: 'the customer must act, and never does',
    seen: 'action; at payBy void, Expired',
    authorize: { is: 'action', end: null },
  },
  tok_pending_done: {
    does: 'processing, authorized after 2 s',
    seen: 'pending, then Authorized',
    authorize: { is: 'processing', end: 'authorized' },
  },
  tok_pending_declined: {
    does: 'processing, declined after 2 s',
    seen: 'pending, then Declined',
    authorize: { is: 'processing', end: 'declined' },
  },
  tok_pending_never: {
    does: 'processing for ever',
    seen: 'pending; at payBy void, Expired',
    authorize: { is: 'processing', end: null },
  },
  tok_captured_at_once: {
    does: 'captures in the authorization, and says so',
    seen: 'Captured, a discrepancy',
    authorize: { is: 'captured' },
  },
  tok_captured_unasked: {
    does: 'captures unasked right after the authorization',
    seen: 'the capture is unknown (conflict); a look-up finds it; given back where the order is off',
    authorize: { is: 'then', what: 'captured' },
  },
  tok_lapses_early: {
    does: 'the authorization lapses right after its answer',
    seen: 'Lapsed, nothing ships',
    authorize: { is: 'then', what: 'lapsed' },
  },
  tok_capture_refused: {
    does: 'refuses the capture',
    seen: 'CaptureFailed: void, unwound',
    capture: 'refuse',
  },
  tok_capture_pending: {
    does: 'captures after 2 s',
    seen: 'pending, then Captured',
    capture: { pendingMs: soonMs },
  },
  tok_capture_late: {
    does: 'captures after 3 days',
    seen: 'pending; then Captured, or given back',
    capture: { pendingMs: 3 * day },
  },
  tok_void_refused_captured: {
    does: 'captures just before a void, and refuses it',
    seen: 'refunded',
    capturesOnVoid: true,
  },
  tok_refund_pending: {
    does: 'refunds take 3 days',
    seen: 'RefundPending, then done',
    refunds: ['pending', 'pending', 'pending'],
  },
  tok_refund_fails: {
    does: 'the first refund fails',
    seen: 'RefundDue',
    refunds: ['fail'],
  },
  tok_refund_fails_later: {
    does: 'the first refund fails after 3 days',
    seen: 'pending, then RefundDue',
    refunds: ['fail-later'],
  },
  tok_refund_fails_after_success: {
    does: 'the first refund succeeds, and fails after a day',
    seen: 'done, then RefundDue',
    refunds: ['fail-after-success'],
  },
  tok_refund_second_fails: {
    does: 'the second of several refunds fails',
    seen: 'one RefundDue, the others done',
    refunds: ['ok', 'fail'],
  },
  tok_429_after_lost: {
    does: 'executes and loses the reply, then answers 429',
    seen: 'stays unknown, then ok',
    calls: { authorize: ['lost-reply', '429'] },
  },
  tok_capture_429_after_lost: {
    does: 'the same of the capture',
    seen: 'stays unknown, then ok',
    calls: { capture: ['lost-reply', '429'] },
  },
  tok_lookup_unavailable: {
    does: 'loses the reply; the first two look-ups answer 503',
    seen: 'state kept, asked again',
    calls: { authorize: ['lost-reply'] },
    lookUp: 'unavailable',
  },
  tok_lookup_stale: {
    does: 'loses the reply; the first two look-ups show how it was before',
    seen: 'not found counts after the quiet period only',
    calls: { authorize: ['lost-reply'] },
    lookUp: 'stale',
  },
  tok_lookup_contradicting: {
    does: 'the first two look-ups after the capture show none',
    seen: 'a discrepancy, asked again',
    lookUp: 'contradicting',
  },
  tok_dispute_won: {
    does: 'a dispute opens on the capture, won after 10 days',
    seen: 'refunds frozen meanwhile; net right',
    dispute: { opens: 'on-capture', ends: 'won' },
  },
  tok_dispute_lost: {
    does: 'a dispute opens on the capture, lost after 10 days',
    seen: 'refunds frozen; net right',
    dispute: { opens: 'on-capture', ends: 'lost' },
  },
  tok_dispute_on_refund: {
    does: 'a dispute opens when a refund is asked for; the refund is refused; lost after 10 days',
    seen: 'refunds frozen; net right',
    dispute: { opens: 'on-refund', ends: 'lost' },
  },
} as const satisfies Record<string, TokenBehaviour>;

const spelled = (name: string): string => name.replaceAll('-', '_');

/** `tok_lost_reply` for the authorization, `tok_capture_lost_reply` and so on for the others: first call of each op. */
const ofCalls = callFaultNames.flatMap((fault): [string, TokenBehaviour][] => {
  const { does, seen } = callFaults[fault];
  return (['authorize', 'capture', 'void', 'refund'] as const).map((kind) => [
    `tok_${kind === 'authorize' ? '' : `${kind}_`}${spelled(fault)}`,
    { does, seen, calls: { [kind]: [fault] } },
  ]);
});

export const tokenBehaviours: ReadonlyMap<string, TokenBehaviour> = new Map<string, TokenBehaviour>([
  ...Object.entries(named),
  ...ofCalls,
  ...Object.entries(webhookFaults).map(([name, of]): [string, TokenBehaviour] => [
    `tok_webhook_${name}`,
    { ...of, webhook: name as WebhookFault },
  ]),
  ...Object.entries(settlementFaults).map(([name, of]): [string, TokenBehaviour] => [
    `tok_settlement_${name}`,
    { ...of, settlement: name as SettlementFault },
  ]),
]);

const nobody: TokenBehaviour = {
  does: 'declines: nobody issued it',
  seen: 'Declined (other-method)',
  authorize: decline('invalid_method'),
};

/** A token that is not in the table is a payment method nobody issued. */
export const behaviourOf = (token: string): TokenBehaviour => tokenBehaviours.get(token) ?? nobody;
