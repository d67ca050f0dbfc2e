import { z } from 'zod';
import type { ProviderOperation, ProviderPayment } from './recording.ts';

const withinMs = 30_000;

/** The part of the simulator's ledger (`GET /ledger`) that the rules look at. */
const ledgerSchema = z.object({
  operations: z.array(
    z.object({
      key: z.string(),
      kind: z.string(),
      /** Of the first request's bytes. */
      sha256: z.string(),
      opId: z.string(),
      orderId: z.string(),
      amount: z.number(),
      currency: z.string(),
      /** It had its effect, whatever was answered. */
      done: z.boolean(),
    }),
  ),
  /** Requests under a known key with other bytes. */
  conflicts: z.array(z.object({ key: z.string(), sha256: z.string() })).default([]),
  payments: z
    .array(
      z.object({
        orderId: z.string(),
        currency: z.string(),
        captured: z.number(),
        status: z.string(),
        refunds: z.array(z.object({ opId: z.string(), amount: z.number(), status: z.string() })),
        disputes: z.array(z.object({ id: z.string(), amount: z.number(), status: z.string() })),
      }),
    )
    .optional(),
});
type Line = z.output<typeof ledgerSchema>['operations'][number];

interface Lines {
  readonly operations: readonly Line[];
  readonly conflicts: readonly Pick<Line, 'key' | 'sha256'>[];
}

/** Every operation the provider has judged, or null if this provider shows no ledger (a real one does not). */
export async function readProviderLedger(
  url: string,
  secret: string,
): Promise<readonly ProviderOperation[] | null> {
  const ledger = await readLedger(url, secret);
  return ledger && operationsOf(ledger);
}

/** Every payment in the provider's books, or null if this provider shows none. */
export async function readProviderPayments(
  url: string,
  secret: string,
): Promise<readonly ProviderPayment[] | null> {
  const ledger = await readLedger(url, secret);
  return ledger && (ledger.payments ?? null);
}

async function readLedger(url: string, secret: string): Promise<z.output<typeof ledgerSchema> | null> {
  const response = await fetch(new URL('/ledger', url), {
    headers: { authorization: `Bearer ${secret}` },
    signal: AbortSignal.timeout(withinMs),
  });
  if (response.status === 404) return null;
  if (!response.ok)
    throw new Error(
      `the payment provider answered GET /ledger with ${response.status}: check MILLRACE_PSP_SECRET`,
    );
  return ledgerSchema.parse(await response.json());
}

/** The ledger's lines, in the order they were judged, with every byte string that came under the key of each. */
export function operationsOf({ operations, conflicts }: Lines): readonly ProviderOperation[] {
  const digests = new Map<string, Set<string>>();
  for (const { key, sha256 } of [...operations, ...conflicts])
    digests.set(key, (digests.get(key) ?? new Set()).add(sha256));
  return operations.map(({ key, kind, opId, orderId, amount, currency, done }) => ({
    key,
    kind,
    opId,
    orderId,
    amount,
    currency,
    done,
    digests: [...(digests.get(key) ?? [])],
  }));
}
