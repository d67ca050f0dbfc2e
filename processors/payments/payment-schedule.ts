import type { PaymentOpRequested } from '../../schemas/generated/orders-events.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** What the provider can do, and how long we wait for whom; ms. The machine's deadlines follow from it. */
export interface PaymentRules {
  /** How long the provider knows a key. */
  readonly keyTtlMs: number;
  /** `not-found` counts only after this long without a send. */
  readonly quietMs: number;
  /** Can a payment be found by our operation id, without the provider's reference? */
  readonly findsByOpId: boolean;
  /** Does it authorize apart from capture? Then a capture nobody asked for is a discrepancy. */
  readonly separateCapture: boolean;
  /** How long an authorization may be unknown; then it is voided and its order expires (domain §3, decideBy). */
  readonly authorizeDecideMs: number;
}

export const paymentDefaults: PaymentRules = {
  keyTtlMs: day,
  quietMs: 2 * minute,
  findsByOpId: true,
  separateCapture: true,
  authorizeDecideMs: 2 * hour,
};

type Kind = PaymentOpRequested['kind'];

/** Without a report this long an operation is unknown (payments §4). */
export const silentMs = minute;
/** The same where the last report said that nothing happened yet: the worker tells seldom while it tries. */
export const notExecutedSilentMs = 5 * minute;
/** Before captureBefore: time for a person to save the money. */
export const beforeCaptureEndsMs = 6 * hour;
export const personCheckMs = day;

const decideMs = day;
const refundPendingMs = 10 * day;

/** Times of the look-ups after an unknown, then hourly (payments §5). */
const checksMs: readonly number[] = [
  2 * second,
  10 * second,
  30 * second,
  2 * minute,
  10 * minute,
  hour,
] as const;

/** When the look-up after `checks` others is due, for what is in doubt since `sinceMs`. After a day: daily. */
export function checkAtMs(sinceMs: number, checks: number, person: boolean, atMs: number): number {
  if (person || atMs - sinceMs >= day) return atMs + personCheckMs;
  const planned = checksMs[checks];
  if (planned === undefined) return atMs + hour;
  return Math.max(sinceMs + planned, atMs + 2 * second);
}

/**
 * Until when what is unknown since `atMs` waits for look-ups alone; then the undo, or a person, takes over (domain §3
 * and §5). Epoch ms. Asked once, for the event: folds read the deadline there, whatever the rules say by then.
 */
export const unknownDecideByMs = (
  kind: Kind,
  captureBeforeMs: number | null,
  atMs: number,
  { authorizeDecideMs }: Pick<PaymentRules, 'authorizeDecideMs'>,
): number => (kind === 'authorize' ? atMs + authorizeDecideMs : takenDecideByMs(kind, captureBeforeMs, atMs));

/** The same once money may have moved: a capture while its authorization can be saved, a void and a refund for a day. */
function takenDecideByMs(
  kind: Exclude<Kind, 'authorize'>,
  captureBeforeMs: number | null,
  atMs: number,
): number {
  if (kind === 'capture' && captureBeforeMs !== null) return captureBeforeMs - beforeCaptureEndsMs;
  return atMs + decideMs;
}

/** The same for what the provider is at. An authorization has payBy instead: null. */
export function pendingDecideByMs(kind: Kind, captureBeforeMs: number | null, atMs: number): number | null {
  if (kind === 'authorize') return null;
  return kind === 'refund' ? atMs + refundPendingMs : takenDecideByMs(kind, captureBeforeMs, atMs);
}

/** No resend near the end of the key's life: then the provider would run it afresh (payments §4). */
export const isKeyTooOld = (askedAtMs: number, atMs: number, { keyTtlMs }: PaymentRules): boolean =>
  atMs - askedAtMs > Math.min(keyTtlMs, day) * (23 / 24);
