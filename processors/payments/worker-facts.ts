import type { Facts } from '../../infra/psp/psp.ts';
import type { Command, ReportFacts } from '../../schemas/generated/orders-commands.ts';
import type { LookUpRequested } from '../../schemas/generated/orders-events.ts';

/** The command that tells the order what a look-up has shown. */
export const toFactsReport = (
  { store, orderId, opId, n }: LookUpRequested,
  facts: Facts | 'not-found',
): Command<ReportFacts> => ({
  store,
  commandId: null,
  fingerprint: null,
  requestId: null,
  body: {
    type: 'ReportFacts',
    orderId,
    opId,
    n,
    ...(facts === 'not-found' ? nothingFound : fieldsOf(facts)),
  },
});

const nothingFound = {
  found: 'not-found',
  pspRef: null,
  authorizedMinor: null,
  capturedMinor: null,
  currency: null,
  ended: null,
  captureBeforeMs: null,
  disputes: [],
  refunds: [],
} as const;

const fieldsOf = ({ pspRef, authorized, captured, ended, captureBeforeMs, disputes, refunds }: Facts) =>
  ({
    found: 'found',
    pspRef,
    authorizedMinor: authorized.minor,
    capturedMinor: captured.minor,
    currency: captured.minor > 0 ? captured.currency : authorized.currency,
    ended: ended ?? null,
    captureBeforeMs: captureBeforeMs ?? null,
    disputes: disputes.map(({ id, amount, status }) => ({ id, amountMinor: amount.minor, status })),
    refunds: refunds.map(({ opId, amount, status }) => ({
      opId: opId ?? null,
      amountMinor: amount.minor,
      status,
    })),
  }) as const;
