import { Stripe } from 'stripe';
import type { HintReader } from '../psp.ts';
import type { HintSettings } from '../simulator-hints.ts';
import { toHint } from '../webhook-hint.ts';
import { toleranceSeconds } from '../webhook-signature.ts';

/** Reads webhooks of Stripe; its SDK checks the signature. Has no connection to it. */
export const createStripeHints = ({ secrets, nowMs }: HintSettings): HintReader => ({
  readHint(raw, headers) {
    const header = headers['stripe-signature'];
    if (typeof header !== 'string' || isFromFuture(header, nowMs())) return 'not-authentic';
    return secrets.some((secret) => isSigned(raw, header, secret, nowMs())) ? toHint(raw) : 'not-authentic';
  },
});

function isSigned(raw: Uint8Array, header: string, secret: string, nowMs: number): boolean {
  try {
    // over the very bytes: the SDK would decode them first, and what is no UTF-8 reads like something else then
    new TextDecoder('utf-8', { fatal: true }).decode(raw);
    return (
      Stripe.webhooks.signature?.verifyHeader(
        Buffer.from(raw),
        header,
        secret,
        toleranceSeconds,
        undefined,
        nowMs,
      ) === true
    );
  } catch {
    return false; // the SDK throws for every signature that is none; bytes that are no text are not Stripe's
  }
}

/** The SDK looks at age alone. */
function isFromFuture(header: string, nowMs: number): boolean {
  const seconds = /(?:^|,)\s*t=(\d{1,12})(?:,|$)/.exec(header)?.[1];
  return seconds === undefined || Number(seconds) - Math.floor(nowMs / 1_000) > toleranceSeconds;
}
