import { signatureHeader, signWebhook } from '../../psp/webhook-signature.ts';
import type { Placeholders } from './fill.ts';

export interface Signer {
  /** The provider's secret. */
  readonly secret: string;
  readonly nowMs: number;
}

/**
 * The placeholders with what signs the body `raw` of a webhook: `sig.header`, and `sig:` of `valid`, of `otherBytes`, or
 * of an age (`-301s` = so many seconds ago).
 */
export const withSignature =
  (placeholders: Placeholders, raw: Uint8Array, { secret, nowMs }: Signer): Placeholders =>
  (name) => {
    if (name === 'sig.header') return signatureHeader;
    if (name === 'sig:valid') return signWebhook(raw, [secret], nowMs);
    if (name === 'sig:otherBytes') return signWebhook(Buffer.from('other bytes'), [secret], nowMs);
    if (name === 'sig:otherSecret') return signWebhook(raw, [`not ${secret}`], nowMs);
    const [, seconds] = /^sig:([+-]?\d+)s$/.exec(name) ?? [];
    return seconds === undefined
      ? placeholders(name)
      : signWebhook(raw, [secret], nowMs + Number(seconds) * 1_000);
  };
