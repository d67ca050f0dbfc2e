import { z } from 'zod';
import type { ProviderOperation } from './recording.ts';

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
      /** HTTP status it was first answered with. */
      status: z.number(),
    }),
  ),
  /** Requests under a known key with other bytes. */
  conflicts: z.array(z.object({ key: z.string(), sha256: z.string() })).default([]),
});

/** Every operation the provider has executed, or null if this provider shows no ledger (a real one does not). */
export async function readProviderLedger(
  url: string,
  secret: string,
): Promise<readonly ProviderOperation[] | null> {
  const response = await fetch(new URL('/ledger', url), {
    headers: { authorization: `Bearer ${secret}` },
    signal: AbortSignal.timeout(withinMs),
  });
  if (response.status === 404) return null;
  if (!response.ok)
    throw new Error(
      `the payment provider answered GET /ledger with ${response.status}: check MILLRACE_PSP_SECRET`,
    );
  const { operations, conflicts } = ledgerSchema.parse(await response.json());
  const others = Map.groupBy(conflicts, ({ key }) => key);
  return operations.map(({ status, sha256, ...operation }) => ({
    ...operation,
    done: status >= 200 && status < 300,
    digests: [sha256, ...(others.get(operation.key) ?? []).map((conflict) => conflict.sha256)],
  }));
}
