import type { IncomingMessage } from 'node:http';
import { pino } from 'pino';
import { z } from 'zod';
import { followLog } from '../../../api/follow-log.ts';
import { authenticate, refuseCredentialInUrl, requireScope } from '../../../api/auth/credential.ts';
import { StoreDirectory } from '../../../api/auth/store-directory.ts';
import { Catalogue } from '../../../api/catalogue/catalogue.ts';
import { holdsCardData } from '../../../api/http/card-data.ts';
import { checkFraming } from '../../../api/http/check-framing.ts';
import { parseIdempotencyKey } from '../../../api/http/idempotency-key.ts';
import { chooseMediaType, requireJsonBody } from '../../../api/http/media-type.ts';
import { parseQuery } from '../../../api/http/parse-query.ts';
import { Problem } from '../../../api/http/problem.ts';
import { jsonType } from '../../../api/http/route.ts';
import { ReconciledDays } from '../../../api/ops/reconciled-days.ts';
import { Erasures } from '../../../api/orders/erasures.ts';
import { createKeyKeeper } from '../../../api/orders/key-keeper.ts';
import { placeOrderRequest } from '../../../api/orders/place-order-request.ts';
import { priceRequest } from '../../../api/quotes/price-request.ts';
import { fingerprintOf } from '../../../producers/intake/fingerprint.ts';
import { placeOrderCommand } from '../../../producers/intake/place-order-command.ts';
import { commandIdOf, type OrderId, orderIdOf } from '../../../schemas/ids.ts';
import {
  customersKeysTopic,
  journalOf,
  reconciliationsTopic,
  snapshotsOf,
  storesConfigTopic,
} from '../../../schemas/topic-catalogue.ts';
import { createCustomerSealer } from '../../clients/customer-keys/customer-sealer.ts';
import { KeyRing } from '../../clients/customer-keys/key-ring.ts';
import { createKeyWrapper } from '../../clients/customer-keys/wrapped-key.ts';
import { createKafkajsLog } from '../../clients/kafkajs/kafkajs-log.ts';
import { createKafkajsLogReader } from '../../clients/kafkajs/kafkajs-log-reader.ts';
import { kafkaLink, registryLink } from '../../clients/links.ts';
import type { Log } from '../../clients/log.ts';
import { connectSchemaRegistry } from '../../clients/schema-registry.ts';
import type { Config } from '../../config/config.ts';

/** Who asks, and under which key. */
export interface CheckedHead {
  readonly store: string;
  readonly idempotencyKey: string;
}

/** A request that passed the checks, as the record it becomes. */
export interface CheckedOrder {
  readonly orderId: OrderId;
  readonly value: Buffer;
}

export interface OrderIntake {
  readonly log: Log;
  /** The checks of `POST /v1/orders` before and behind its body. Throws a Problem. */
  readonly checkHead: (request: IncomingMessage) => CheckedHead;
  /** `body` as its parser gave it. */
  readonly checkBody: (head: CheckedHead, body: unknown) => Promise<CheckedOrder>;
}

const path = '/v1/orders';
const noQuery = z.strictObject({});

/** The same parse, checks, prices, sealing and encoding as the API's, from the same functions, for servers without its rest. */
export async function openOrderIntake(config: Config): Promise<OrderIntake> {
  const logger = pino({ level: 'warn' });
  const connection = kafkaLink(config, 'bench-ingest', logger);
  const log = await createKafkajsLog(connection);
  const registry = await connectSchemaRegistry({ ...registryLink(config), logger });
  const topics = [storesConfigTopic, reconciliationsTopic, customersKeysTopic];
  const reader = await createKafkajsLogReader({
    ...connection,
    topics: [...topics, journalOf('catalogue'), snapshotsOf('catalogue')],
  });
  const directory = new StoreDirectory();
  const catalogue = new Catalogue();
  const wrapper = createKeyWrapper(config.customerKeySecret);
  const ring = new KeyRing(50_000, wrapper.unwrap);
  await followLog({
    log,
    reader,
    registry,
    directory,
    catalogue,
    reconciled: new ReconciledDays(),
    customerKeys: ring,
    erasures: new Erasures(),
    onHalted: (error) => {
      throw error;
    },
  });
  const codecs = registry.createCodecs();
  const codec = codecs['orders.commands.v1'];
  const { keep } = createKeyKeeper(log, codecs[customersKeysTopic]);
  const nowMs = (): number => Date.now();
  const sealer = createCustomerSealer({ wrapper, ring, keep, nowMs });
  const schema = placeOrderRequest(nowMs);
  const pricing = { directory, catalogue, nowMs, takes: () => true, quoteSecrets: [config.cursorSecret] };
  const single = (value: string | string[] | undefined): string | undefined =>
    Array.isArray(value) ? value[0] : value;
  return {
    log,
    checkHead(request) {
      checkFraming(request);
      const { headers, url = '' } = request;
      refuseCredentialInUrl(url);
      const principal = authenticate(headers.authorization, directory, nowMs());
      requireScope(principal, 'orders:write');
      parseQuery(url, noQuery);
      const idempotencyKey = parseIdempotencyKey(single(headers['idempotency-key']));
      if (chooseMediaType(headers.accept, [jsonType]) === null) throw new Problem('not-acceptable');
      requireJsonBody(headers['content-type'], single(headers['content-encoding']));
      return { ...principal, idempotencyKey };
    },
    async checkBody({ store, idempotencyKey }, parsed) {
      if (holdsCardData(parsed)) throw new Problem('card-data-forbidden');
      const { success, data: body } = schema.safeParse(parsed);
      if (!success) throw new Problem('validation-failed');
      const orderId = orderIdOf(store, idempotencyKey);
      const origin = {
        store,
        commandId: commandIdOf(store, `POST ${path}`, path, idempotencyKey),
        fingerprint: fingerprintOf(config.fingerprintSecret, { method: 'POST', path, body }),
        requestId: 'bench',
      };
      const priced = priceRequest(pricing, { store, keyId: 'bench', scopes: new Set() }, body);
      const seal = await sealer.sealFor(store, body.customerId);
      return { orderId, value: codec.encode(placeOrderCommand(origin, orderId, body, priced, seal)) };
    },
  };
}

/** The body of a 202, as the API's. */
export function acceptedText(orderId: OrderId, position: string): string {
  const order = `${path}/${orderId}?after=${position}`;
  const links = { order, events: `${path}/${orderId}/events` };
  return JSON.stringify({ orderId, status: 'accepted', position, links });
}
