import { signal } from '@preact/signals';
import {
  type components,
  createMillraceClient,
  type MillraceClient,
  type Problem,
} from '../../client/millrace-client.ts';
import { learnExponents } from '../../dashboard/page/format.ts';
import { isObject, readStored, store } from './stored.ts';

type VisitorAnswer = components['schemas']['Visitor'];

/** Who shops here, and the client that speaks for him. */
export interface Shopper {
  readonly visitor: VisitorAnswer;
  readonly client: MillraceClient;
  /** Of the store; prices are asked for and shown in it. */
  readonly currency: string;
}

/** Null until the shop has let somebody in. */
export const shopper = signal<Shopper | null>(null);
/** Why it did not; null while it may. */
export const shopFault = signal<Problem | null>(null);

const api = location.origin;

/** A visit as it was stored; null where it is none, or is over in a minute. */
export function visitOf(value: unknown, nowMs: number): VisitorAnswer | null {
  if (!isObject(value) || typeof value['token'] !== 'string' || typeof value['customerId'] !== 'string')
    return null;
  const hasStore = isObject(value['store']) && Array.isArray(value['store']['currencies']);
  const endsMs = Date.parse(String(value['endsAt']));
  return hasStore && endsMs > nowMs + 60_000 ? (value as unknown as VisitorAnswer) : null;
}

function open(visitor: VisitorAnswer): void {
  learnExponents(visitor.exponents);
  const client = createMillraceClient({ api, key: visitor.token });
  shopFault.value = null;
  shopper.value = { visitor, client, currency: visitor.store.currencies[0] ?? 'GBP' };
}

/** The visitor this browser was before, or a new one; whatever goes wrong is the shop's fault to show, never a page that loads for ever. */
export async function enter(): Promise<void> {
  try {
    await letIn();
  } catch (error) {
    shopFault.value = {
      type: 'no-shop',
      code: 'no-shop',
      title: 'The shop cannot start in this browser',
      status: 0,
      detail: `${error instanceof Error ? error.message : String(error)}. If this browser keeps no data for sites, allow it for this one.`,
      requestId: null,
      retryable: true,
    };
  }
}

async function letIn(): Promise<void> {
  const before = visitOf(readStored('visitor'), Date.now());
  if (before) return open(before);
  const answer = await createMillraceClient({ api, key: 'nobody' }).POST('/v1/visitors');
  if (!answer.ok) {
    shopFault.value = answer.problem;
    return;
  }
  store('visitor', answer.data);
  open(answer.data);
}

/** The API no longer knows this visitor, as after `down --wipe`: a new one comes in his place. */
export async function enterAnew(): Promise<void> {
  store('visitor', null);
  shopper.value = null;
  await enter();
}
