import { z } from 'zod';
import type { Hint, HintReader } from '../../infra/psp/psp.ts';
import type { Intake } from '../../producers/intake/intake.ts';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import { parseOrderId } from '../../schemas/ids.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { StoreDirectory } from '../auth/store-directory.ts';
import { type Answer, ok } from '../http/answer.ts';
import { Problem } from '../http/problem.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import type { WebhookMetrics } from './webhook-metrics.ts';

export interface WebhookParts {
  /** By the name in the path. */
  readonly hintReaders: ReadonlyMap<string, HintReader>;
  readonly directory: Pick<StoreDirectory, 'storeOf'>;
  readonly codec: TopicCodec<Command>;
  readonly intake: Pick<Intake, 'submit'>;
  readonly webhooks: WebhookMetrics;
}

const bytesMax = 262_144;
/** The simulator has the test mode alone, also for a store whose sales count as live, as that of the local stack. */
const testProvider = 'fake';

const parseName = (raw: string): string | null => (/^[A-Za-z0-9_-]{1,64}$/.test(raw) ? raw : null);

/** `POST /v1/webhooks/{psp}/{store}` (payments §6). The payload is a reason to look, never a fact. */
export const takeWebhookRoute = (parts: WebhookParts): Route =>
  defineRoute({
    method: 'POST',
    path: '/v1/webhooks/{psp}/{store}',
    scope: null,
    lane: 'webhooks',
    signed: { bytesMax },
    idempotencyKey: 'none',
    params: { psp: parseName, store: parseName },
    query: z.strictObject({}),
    produces: [jsonType],
    docs: {
      summary: 'News of a payment provider',
      description:
        'No API key: the provider signs the bytes of the body, which are checked before any of them is parsed; at most 262,144 are read. 200 once the hint is durable in the log; kinds without a meaning here and the other mode than the store’s are counted and do nothing.',
      tag: 'Webhooks',
      answers: { 200: { description: 'Taken.', schema: z.object({ received: z.literal(true) }) } },
      problems: ['invalid-id', 'not-found', 'malformed-json', 'payload-too-large'],
    },
    handle: (call) => takeWebhook(parts, call),
  });

async function takeWebhook(parts: WebhookParts, call: Call): Promise<Answer> {
  const { psp = '', store = '' } = call.params;
  const reader = parts.hintReaders.get(psp);
  if (!reader) throw new Problem('not-found');
  const hint = reader.readHint(call.body as Uint8Array, call.request.headers);
  if (hint === 'not-authentic') {
    parts.webhooks.delivered(psp, hint);
    throw new Problem('unauthenticated', { detail: 'The signature of the provider is missing or not good.' });
  }
  if (hint === 'malformed') {
    parts.webhooks.delivered(psp, hint);
    throw new Problem('malformed-json');
  }
  const config = parts.directory.storeOf(store);
  if (!config) throw new Problem('not-found');
  const received = ok({ received: true });
  if (!hint.isKnown || hint.livemode !== (config.live && psp !== testProvider)) {
    parts.webhooks.delivered(psp, hint.isKnown ? 'wrong-mode' : 'unknown-kind');
    return received;
  }
  const outcome = await parts.intake.submit(submissionOf(parts.codec, call, psp, hint));
  parts.webhooks.delivered(psp, outcome.is === 'appended' ? 'hint' : 'unavailable');
  if (outcome.is === 'appended') return received;
  throw outcome.is === 'overloaded'
    ? new Problem('overloaded')
    : new Problem('unavailable', { cause: outcome.error });
}

/** The record key: the order the provider was told of when it was asked, else its own reference. */
const keyOf = ({ orderId, opId = '', pspRef }: Hint): string =>
  parseOrderId(orderId) ?? parseOrderId(opId.split(':', 1)[0]) ?? `psp:${pspRef}`;

function submissionOf(codec: TopicCodec<Command>, call: Call, psp: string, hint: Hint) {
  const orderId = keyOf(hint);
  const { eventId, kind, pspRef, opId = null, livemode } = hint;
  const command: Command = {
    store: call.params['store'] ?? '',
    commandId: null,
    fingerprint: null,
    requestId: call.requestId,
    body: { type: 'ProviderHint', orderId, psp, eventId, kind, pspRef, opId, livemode },
  };
  return {
    topic: inboxOf('orders'),
    key: orderId,
    value: codec.encode(command),
    traceparent: call.traceparent,
  };
}
