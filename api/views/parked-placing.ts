import type { SchemaRegistry } from '../../infra/clients/schema-registry.ts';
import type { Command } from '../../schemas/generated/orders-commands.ts';
import type { ParkedOrderView } from '../../schemas/parked-order.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';

/** A PlaceOrder that was accepted and waits for a person: its order is neither placed nor refused. */
export interface ParkedPlacing {
  readonly orderId: string;
  readonly store: string;
  readonly customerId: string;
  /** Of the request that asked for it. */
  readonly fingerprint: string | null;
  /** The log's clock. */
  readonly sinceMs: number;
  /** `<journal partition>.<seq>` of the last event about the order's parked commands: the ETag. */
  readonly position: string;
}

export interface CommandReading {
  readonly codec: TopicCodec<Command>;
  readonly learnWriter: SchemaRegistry['learnWriter'];
}

/** A reader does not wait longer for the registry, which is asked once for each schema of another build. */
const learnMsMax = 2_000;

/**
 * The oldest PlaceOrder among what is parked of an order; null if there is none. Its store stands in the command alone.
 * Throws if the command cannot be read now: whose it is must not be guessed.
 */
export async function parkedPlacing(
  { codec, learnWriter }: CommandReading,
  { orderId, parked, position }: ParkedOrderView,
): Promise<ParkedPlacing | null> {
  const placing = parked.find(({ command }) => command === 'PlaceOrder');
  if (!placing) return null;
  const bytes = Buffer.from(placing.value ?? '', 'base64');
  let decoded = codec.decode(bytes);
  if (decoded.is === 'unknown-schema') {
    await learnWriter(codec, decoded.schemaId, AbortSignal.timeout(learnMsMax));
    decoded = codec.decode(bytes);
  }
  if (decoded.is !== 'value') throw new Error(`the parked PlaceOrder of ${orderId} cannot be read`);
  const { store, fingerprint, body } = decoded.value;
  if (body.type !== 'PlaceOrder') throw new Error(`the parked PlaceOrder of ${orderId} is a ${body.type}`);
  const { customerId } = body;
  return { orderId, store, customerId, fingerprint, sinceMs: placing.sinceMs, position };
}
