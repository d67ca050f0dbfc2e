import { z } from 'zod';
import { assertNever } from '../../../schemas/assert-never.ts';
import { bodyBytesMax } from '../simulator/protocol.ts';
import type { Exchange } from '../http-exchange.ts';
import { toJson, toOutcome } from '../provider-replies.ts';
import type { Op, Outcome } from '../psp.ts';
import type { CallLimits, StripeClient } from './stripe-client.ts';
import { stripeScale } from './stripe-scale.ts';

/** Performs one op at Stripe. An authorization is created, then confirmed: every unknown of it then has a reference. */
export async function runAtStripe(
  client: StripeClient,
  op: Op,
  limits: Omit<CallLimits, 'replyBytesMax'>,
): Promise<Outcome> {
  const amount = stripeScale.toProvider(op.amount);
  if (amount === null) return ourBug('amount_not_taken');
  try {
    return await perform(client, op, amount, { ...limits, replyBytesMax: bodyBytesMax });
  } catch {
    return ourBug('sdk_refused'); // the SDK refused to build the request: nothing was sent
  }
}

const ourBug = (code: string): Outcome => ({ is: 'not-executed', code, again: false, alarm: 'our-bug' });

function perform(client: StripeClient, op: Op, amount: number, limits: CallLimits): Promise<Outcome> {
  const { pspRef, key: idempotencyKey } = op;
  if (op.kind === 'authorize') return authorize(client, op, amount, limits);
  if (pspRef === undefined) return Promise.resolve(ourBug('no-reference'));
  const answered = async (exchange: Promise<Exchange>) => toOutcome(op, await exchange, stripeScale);
  const expand = ['latest_charge'];
  switch (op.kind) {
    case 'capture':
      return answered(
        client.call(
          ({ paymentIntents }) =>
            paymentIntents.capture(pspRef, { amount_to_capture: amount, expand }, { idempotencyKey }),
          limits,
        ),
      );
    case 'void':
      return answered(
        client.call(({ paymentIntents }) => paymentIntents.cancel(pspRef, {}, { idempotencyKey }), limits),
      );
    case 'refund':
      return answered(
        client.call(
          ({ refunds }) =>
            refunds.create({ payment_intent: pspRef, amount, metadata: metadataOf(op) }, { idempotencyKey }),
          limits,
        ),
      );
    default:
      return assertNever(op.kind);
  }
}

/** Ids of ours alone: personal data never travels as metadata (docs.stripe.com/api/metadata). */
const metadataOf = ({ opId, orderId, store }: Op) => ({ opId, orderId, store });

const created = z.object({ id: z.string().min(1), object: z.literal('payment_intent') });

async function authorize(client: StripeClient, op: Op, amount: number, limits: CallLimits): Promise<Outcome> {
  const made = await client.call(
    ({ paymentIntents }) =>
      paymentIntents.create(
        {
          amount,
          currency: op.amount.currency.toLowerCase(),
          capture_method: 'manual',
          allowed_payment_method_types: ['card'],
          metadata: metadataOf(op),
        },
        { idempotencyKey: createKeyOf(op.key) },
      ),
    limits,
  );
  const { data: object } = created.safeParse(
    made.is === 'reply' && made.status === 200 ? toJson(made) : undefined,
  );
  if (!object) return withoutObject(toOutcome(op, made, stripeScale));
  const confirmed = await client.call(
    ({ paymentIntents }) =>
      paymentIntents.confirm(
        object.id,
        {
          expand: ['latest_charge'],
          ...(op.methodRef === undefined ? {} : { payment_method: op.methodRef }),
        },
        { idempotencyKey: op.key },
      ),
    limits,
  );
  const outcome = toOutcome(op, confirmed, stripeScale);
  return outcome.is === 'unknown' ? { ...outcome, pspRef: object.id } : outcome;
}

/** The key of the first of the two calls; the op's own confirms, for that is what moves money. */
const createKeyOf = (key: string): string => `${key}-create`;

/**
 * The object could not be made, or we do not know: either way this try moved no money, since nothing was confirmed. A
 * conflict stays one: another call of ours under this key may be further on.
 */
function withoutObject(outcome: Outcome): Outcome {
  if (outcome.is === 'not-executed') return outcome;
  if (outcome.is === 'unknown' && outcome.cause === 'conflict') return outcome;
  const code = outcome.is === 'unknown' ? `create_${outcome.cause}` : 'create_unexpected';
  return { is: 'not-executed', code, again: true };
}
