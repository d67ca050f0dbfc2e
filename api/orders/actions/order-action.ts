import type { z } from 'zod';
import { fingerprintOf } from '../../../producers/intake/fingerprint.ts';
import type { Intake } from '../../../producers/intake/intake.ts';
import type { Command, CommandBody } from '../../../schemas/generated/orders-commands.ts';
import { commandIdOf } from '../../../schemas/ids.ts';
import { type CommandOutcomeView, commandOutcomesMax, type OrderView } from '../../../schemas/order-view.ts';
import { inboxOf } from '../../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../../schemas/topic-codec.ts';
import type { Answer } from '../../http/answer.ts';
import { formatCoordinate } from '../../http/coordinate.ts';
import { Problem } from '../../http/problem.ts';
import type { Call } from '../../http/route.ts';
import type { Claims, StoredAnswer } from '../../idempotency/claims.ts';
import { type Earlier, type OnceParts, submitOnce } from '../../idempotency/submit-once.ts';
import type { OrderLook, OrderSight } from '../../views/order-look.ts';
import type { SeenOrder } from '../../views/order-reader.ts';
import { checkAction } from './check-action.ts';

export interface OrderActionParts {
  readonly codec: TopicCodec<Command>;
  readonly claims: Claims;
  readonly quotas: OnceParts['quotas'];
  readonly intake: Intake;
  readonly look: OrderLook;
  readonly fingerprintSecret: string;
  readonly nowMs: () => number;
}

/** What a command is made of beside the body of its request. */
export interface ActionPlace {
  readonly orderId: string;
  /** Also the id of the shipment, delivery, return, refund or cancellation. */
  readonly commandId: string;
  readonly params: Readonly<Record<string, string>>;
  /** Who asks: the public name of the key. */
  readonly keyId: string;
  /** Null while no view can be asked. */
  readonly order: OrderView | null;
}

export interface OrderAction<B extends z.ZodType> {
  /** As OpenAPI writes it. */
  readonly path: string;
  readonly body: B;
  /** Throws a Problem for a request that can never be met. */
  readonly toCommand: (place: ActionPlace, body: z.output<B>) => CommandBody;
  /** Of a privileged action: its audit record. Rejects where nothing may be sent. */
  readonly announce?: (commandId: string) => Promise<void>;
}

/**
 * Takes an action on an order into the log, once for its key (domain §7). A refusal is told only where the view holds
 * all that stood in the inbox when the request came; otherwise the order's owner refuses, and the order shows it. An
 * action that was accepted before gets its answer again, whatever the order has become since.
 */
export function actOnOrder<B extends z.ZodType>(
  parts: OrderActionParts,
  { path: route, toCommand, announce }: OrderAction<B>,
  call: Call<unknown, z.output<B>>,
): Promise<Answer> {
  const { store, keyId } = call.principal;
  const { params, requestId, traceparent } = call;
  const orderId = params['id'] ?? '';
  const path = route.replaceAll(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '');
  const commandId = commandIdOf(store, `POST ${route}`, path, call.idempotencyKey ?? '');
  const fingerprint = fingerprintOf(parts.fingerprintSecret, { method: 'POST', path, body: call.body });
  const commandOn = (order: OrderView | null): CommandBody =>
    toCommand({ orderId, commandId, params, keyId, order }, call.body);
  let sight: OrderSight | null = null;
  return submitOnce(
    {
      store,
      keyId,
      commandId,
      fingerprint,
      findEarlier: async () => {
        const suffices = (seen: SeenOrder): boolean =>
          outcomeOf(seen, commandId) !== undefined || judge(seen, store, commandOn).is === 'ready';
        sight = await parts.look.at(orderId, suffices);
        return earlierOf(parts, sight, commandId, orderId);
      },
      prepare: () => {
        const judged = judgeSight(parts, sight, store, commandOn);
        if (judged.is === 'refused') throw judged.refusal;
        const command = { store, commandId, fingerprint, requestId, body: judged.command };
        return { topic: inboxOf('orders'), key: orderId, value: parts.codec.encode(command), traceparent };
      },
      ...(announce ? { announce: () => announce(commandId) } : {}),
      answerAt: (position) => answerAt(commandId, orderId, position),
    },
    parts,
  );
}

function answerAt(commandId: string, orderId: string, position: string): StoredAnswer {
  const location = `/v1/orders/${orderId}?after=${position}`;
  const body = { id: commandId, orderId, status: 'accepted', position, links: { order: location } };
  return { location, body };
}

type Judged =
  | { readonly is: 'ready'; readonly command: CommandBody }
  | { readonly is: 'refused'; readonly refusal: Problem };

/** The command, or why there is none, by an order as the view has it. Another store's order is not there. */
function judge(
  { order, placing }: SeenOrder,
  store: string,
  commandOn: (order: OrderView | null) => CommandBody,
): Judged {
  const own = order ?? placing;
  if (own?.store !== store) return { is: 'refused', refusal: new Problem('not-found') };
  const made = make(() => commandOn(order));
  if (made.is === 'refused' || !order) return made;
  const refusal = checkAction(order, made.command);
  return refusal ? { is: 'refused', refusal } : made;
}

/**
 * What a sight comes to: a refusal of the order counts only where it is current, and absence too: an order that was
 * accepted and is not decided yet is not in the view, however fresh that is, and must not read as 404. Where nothing
 * was seen at all the order's owner decides.
 */
function judgeSight(
  { nowMs }: OrderActionParts,
  sight: OrderSight | null,
  store: string,
  commandOn: (order: OrderView | null) => CommandBody,
): Judged {
  if (!sight) return make(() => commandOn(null));
  const { order, placing } = sight.seen;
  const judged = judge(sight.seen, store, commandOn);
  if (judged.is === 'ready') return judged;
  if (order?.store === store) {
    return sight.current && !mayHideOutcomes(order, nowMs()) ? judged : make(() => commandOn(order));
  }
  const knows = sight.current || order !== null || placing !== null;
  return knows ? judged : { is: 'refused', refusal: new Problem('view-behind') };
}

function make(command: () => CommandBody): Judged {
  try {
    return { is: 'ready', command: command() };
  } catch (error) {
    if (error instanceof Problem) return { is: 'refused', refusal: error };
    throw error;
  }
}

/** The order's owner knows a command again for so long, ms. */
const rememberedMs = 24 * 3_600_000;

/** True if an outcome its owner still remembers may have left the order's document. */
const mayHideOutcomes = ({ commands }: OrderView, nowMs: number): boolean =>
  commands.length >= commandOutcomesMax && (commands[0]?.atMs ?? 0) > nowMs - rememberedMs;

const outcomeOf = ({ order }: SeenOrder, commandId: string): CommandOutcomeView | undefined =>
  order?.commands.find((one) => one.commandId === commandId);

/** What the order shows of an earlier command with this id. */
function earlierOf(
  { claims }: OrderActionParts,
  sight: OrderSight | null,
  commandId: string,
  orderId: string,
): Earlier {
  if (!sight) return { is: 'unsure' };
  const { partition, position } = sight.seen;
  const outcome = outcomeOf(sight.seen, commandId);
  if (outcome) {
    const answer = answerAt(commandId, orderId, formatCoordinate({ partition, offset: position.cause }));
    return { is: 'found', fingerprint: outcome.fingerprint, answer };
  }
  const atMs = position.atMs ?? 0;
  return atMs > claims.lostAtMs ? { is: 'absent', watermarkMs: atMs } : { is: 'unsure' };
}
