import { assertNever } from '../../schemas/assert-never.ts';
import { parsePrecondition } from '../http/conditional.ts';
import { Problem } from '../http/problem.ts';
import type { Call } from '../http/route.ts';
import type { Catalogue } from './catalogue.ts';

/** What the caller demands of the product's version. */
export interface Demand {
  /** 0 = it must not exist; null = nothing is demanded. */
  readonly version: number | null;
  readonly mustExist: boolean;
}

/** Reads If-Match and If-None-Match, and gives memory a moment to learn a version it has not seen yet. */
export async function demandedVersion(
  catalogue: Catalogue,
  { request, principal }: Call,
  sku: string,
): Promise<Demand> {
  const demanded = parsePrecondition(request.headers['if-match'], request.headers['if-none-match']);
  switch (demanded.is) {
    case 'malformed':
      throw new Problem('version-mismatch', {
        detail: 'If-Match takes one strong ETag of the product or *, If-None-Match takes *.',
      });
    case 'none':
      return { version: null, mustExist: false };
    case 'absent':
      return { version: 0, mustExist: false };
    case 'present':
      return { version: null, mustExist: true };
    case 'version':
      await learnVersion(catalogue, principal.store, sku, demanded.version);
      return { version: demanded.version, mustExist: true };
    default:
      return assertNever(demanded);
  }
}

const learnWithinMs = 200;
const pollMs = 10;

async function learnVersion(
  catalogue: Catalogue,
  store: string,
  sku: string,
  version: number,
): Promise<void> {
  const deadlineMs = performance.now() + learnWithinMs;
  while (catalogue.versionOf(store, sku) < version && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Throws `version-mismatch` as far as memory knows the product; whoever decides the command looks again. */
export function refuseMismatch(
  catalogue: Catalogue,
  store: string,
  sku: string,
  { version, mustExist }: Demand,
): void {
  if (mustExist && !catalogue.productOf(store, sku)) {
    throw new Problem('version-mismatch', { detail: 'There is no such product.' });
  }
  if (version !== null && version !== catalogue.versionOf(store, sku)) throw new Problem('version-mismatch');
}
