import { z } from 'zod';
import 'zod-openapi';
import { fingerprintOf } from '../../producers/intake/fingerprint.ts';
import type { Intake } from '../../producers/intake/intake.ts';
import {
  adjustStockReasonValues,
  type Command,
  type CommandBody,
} from '../../schemas/generated/stock-commands.ts';
import { assertNever } from '../../schemas/assert-never.ts';
import { commandIdOf, parseSku, skuKeyOf } from '../../schemas/ids.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { Answer } from '../http/answer.ts';
import { plainNote } from '../http/plain-note.ts';
import { type Call, defineRoute, jsonType, type Route } from '../http/route.ts';
import type { Claims } from '../idempotency/claims.ts';
import { findNothing, type OnceParts, submitOnce } from '../idempotency/submit-once.ts';

export interface MovementParts {
  readonly codec: TopicCodec<Command>;
  readonly claims: Claims;
  readonly quotas: OnceParts['quotas'];
  readonly intake: Intake;
  readonly fingerprintSecret: string;
}

const piecesMax = 1_000_000_000;
const perCustomerMax = 1_000_000;

const switched = (type: 'halt' | 'resume') => z.strictObject({ type: z.literal(type), reason: plainNote });

const isCorrectionNamed = (of: {
  readonly reason: string;
  readonly corrects?: string | undefined;
}): boolean => (of.reason === 'correction') === (of.corrects !== undefined);

/** Body of `POST /v1/stock/{sku}/movements` (domain §4). */
const movementRequest = z
  .discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('receive'),
      quantity: z.int().min(1).max(piecesMax).meta({ example: 100 }),
      reason: plainNote.optional(),
    }),
    z.strictObject({
      type: z.literal('adjust'),
      quantity: z
        .int()
        .min(-piecesMax)
        .max(piecesMax)
        .refine((n) => n !== 0, { message: 'not 0' })
        .meta({ description: 'Signed, not 0.', example: -2 }),
      reason: z.enum(adjustStockReasonValues),
      corrects: z
        .string()
        .regex(/^[0-9A-HJKMNP-TV-Z]{26}$/)
        .optional()
        .meta({ description: 'The movementId a correction names; with the reason correction alone.' }),
    }),
    switched('halt'),
    switched('resume'),
    z.strictObject({
      type: z.literal('limit'),
      perCustomer: z.int().min(1).max(perCustomerMax).nullable().meta({
        description: 'At most so many pieces a customer, counted from now on; null lifts the limit.',
        example: 2,
      }),
      reason: plainNote,
    }),
  ])
  .refine((movement) => movement.type !== 'adjust' || isCorrectionNamed(movement), {
    path: ['corrects'],
    message: 'a correction names its movement, nothing else does',
  })
  .meta({ id: 'MovementRequest', example: { type: 'receive', quantity: 100, reason: 'delivery' } });

type Movement = z.output<typeof movementRequest>;

const acceptedMovement = z
  .object({
    movementId: z.string(),
    sku: z.string(),
    status: z.literal('accepted'),
    position: z
      .string()
      .meta({ description: 'Where the movement stands in the log: what `after` takes.', example: '1:88' }),
    links: z.object({ stock: z.string() }),
  })
  .meta({ id: 'AcceptedMovement' });

/** `POST /v1/stock/{sku}/movements`. */
export const recordMovementRoute = (parts: MovementParts): Route =>
  defineRoute({
    method: 'POST',
    path: '/v1/stock/{sku}/movements',
    scope: 'stock:write',
    idempotencyKey: 'required',
    params: { sku: parseSku },
    query: z.strictObject({}),
    body: movementRequest,
    produces: [jsonType],
    docs: {
      summary: 'Receive or adjust stock, halt, resume or limit sales',
      description:
        'What the owner of the SKU decides is read at Location; an adjustment that would break holds is refused there.',
      tag: 'Stock',
      answers: { 202: { description: 'Durable in the log.', schema: acceptedMovement } },
      problems: ['invalid-id', 'idempotency-key-reused', 'request-in-progress'],
    },
    handle: (call) => recordMovement(parts, call),
  });

function recordMovement(parts: MovementParts, call: Call<unknown, Movement>): Promise<Answer> {
  const { store, keyId } = call.principal;
  const sku = call.params['sku'] ?? '';
  const path = `/v1/stock/${sku}/movements`;
  const commandId = commandIdOf(store, 'POST /v1/stock/{sku}/movements', path, call.idempotencyKey ?? '');
  const fingerprint = fingerprintOf(parts.fingerprintSecret, { method: 'POST', path, body: call.body });
  return submitOnce(
    {
      store,
      keyId,
      commandId,
      fingerprint,
      findEarlier: findNothing,
      prepare: () => ({
        topic: inboxOf('stock'),
        key: skuKeyOf(store, sku),
        value: parts.codec.encode({
          store,
          commandId,
          fingerprint,
          requestId: call.requestId,
          body: toCommand(sku, call.body),
        }),
        traceparent: call.traceparent,
      }),
      answerAt: (position) => {
        const location = `/v1/stock/${sku}?after=${position}`;
        return {
          location,
          body: { movementId: commandId, sku, status: 'accepted', position, links: { stock: location } },
        };
      },
    },
    parts,
  );
}

function toCommand(sku: string, movement: Movement): CommandBody {
  switch (movement.type) {
    case 'receive':
      return {
        type: 'ReceiveStock',
        sku,
        quantity: movement.quantity,
        reason: movement.reason ?? 'delivery',
      };
    case 'adjust':
      return {
        type: 'AdjustStock',
        sku,
        quantity: movement.quantity,
        reason: movement.reason,
        corrects: movement.corrects ?? null,
      };
    case 'halt':
      return { type: 'Halt', sku, reason: movement.reason };
    case 'resume':
      return { type: 'Resume', sku, reason: movement.reason };
    case 'limit':
      return {
        type: 'LimitPurchases',
        sku,
        perCustomer: movement.perCustomer,
        reason: movement.reason,
      };
    default:
      return assertNever(movement);
  }
}
