import type { HintReader } from './psp.ts';
import { toHint } from './webhook-hint.ts';
import { isSignedWebhook, signatureHeader } from './webhook-signature.ts';

export interface HintSettings {
  /** The live ones: two while they are rotated. */
  readonly secrets: readonly string[];
  /** Of this process: a signature's age is no business of the log. */
  readonly nowMs: () => number;
}

/** Reads webhooks of the simulator provider. Has no connection to it. */
export const createSimulatorHints = ({ secrets, nowMs }: HintSettings): HintReader => ({
  readHint(raw, headers) {
    const header = headers[signatureHeader];
    return typeof header === 'string' && isSignedWebhook(raw, header, secrets, nowMs())
      ? toHint(raw)
      : 'not-authentic';
  },
});
