import type { Event as StockEvent } from '../../../schemas/generated/stock-events.ts';
import { Purchases } from '../purchases.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';
import type { Levels, StockLevels } from '../stock-levels.ts';
import type { SkuBody } from '../walks.ts';

/**
 * I-06: for each SKU and at every prefix `available = onHand − held`, `onHand = received + restocked ± adjusted +
 * reversed − committed`, `allocated = committed − reversed − shipped`, none negative (domain §4), and each hold was given
 * or refused by these levels. Folds `stock` for the rules after.
 */
export function createI06(stock: StockLevels): Rule {
  const findings = createFindings('I-06');
  const purchases = new Purchases();
  return {
    id: 'I-06',
    onFact(fact) {
      if (fact.processor !== 'stock' || !('sku' in fact.event.body)) return;
      const { body } = fact.event as StockEvent;
      if (!('sku' in body)) return;
      const key = `${body.store}/${body.sku}`;
      const wrong = judge(stock.of(key), body) ?? judgeLimit(purchases, key, body, customerOf(fact));
      purchases.fold(key, body);
      findings.check(wrong === null, () => `${whereOf(fact)}: ${key}: ${wrong}`);
      const broken = brokenEquation(stock.fold(key, body));
      findings.check(broken === null, () => `${whereOf(fact)}: ${key} after ${body.type}: ${broken}`);
    },
    onPartitionEnd() {
      stock.leavePartition();
      purchases.clear();
    },
    end: () => findings.report(),
  };
}

/** What a customer's limit says against a hold, or against its refusal. `customerId` null: the inbox has lost it. */
function judgeLimit(
  purchases: Purchases,
  key: string,
  body: SkuBody,
  customerId: string | null,
): string | null {
  if (body.type === 'HoldPlaced' && !body.repeat) {
    const left = purchases.leftFor(key, body.customerId);
    if (left !== null && BigInt(body.quantity) > left)
      return `${body.quantity} are held for ${body.customerId}, his limit leaves ${left}`;
  }
  if (body.type !== 'HoldRefused' || body.reason !== 'customer-limit' || customerId === null) return null;
  const left = purchases.leftFor(key, customerId);
  return left === null || BigInt(body.quantity) <= left
    ? `${body.quantity} are refused to ${customerId}, his limit leaves ${left ?? 'all'}`
    : null;
}

/** Whose hold was refused its event does not tell, its command does. */
function customerOf({ decided }: Fact): string | null {
  const command = typeof decided === 'string' ? null : decided.command?.body;
  return command?.type === 'PlaceHold' ? command.customerId : null;
}

/** Events that move at least one piece. */
const isPositive = new Set<SkuBody['type']>([
  'StockReceived',
  'StockRestocked',
  'CommitReversed',
  'AllocationShipped',
]);

/** What the levels before the event say against it, or null. */
function judge(levels: Levels | undefined, body: SkuBody): string | null {
  const isKnown = levels !== undefined;
  const available = levels ? levels.onHand - levels.held : 0n;
  if (body.type === 'HoldPlaced' && !body.repeat) {
    if (BigInt(body.quantity) <= 0n) return `a hold of ${body.quantity}`;
    if (!isKnown || levels.halted) return 'a hold is given though the SKU is unknown or halted';
    if (BigInt(body.quantity) > available) return `${body.quantity} are held, ${available} were available`;
  }
  if (body.type === 'HoldRefused') {
    if (BigInt(body.available) !== available)
      return `the refusal says ${body.available} are available, it is ${available}`;
    if (body.reason === 'customer-limit' && BigInt(body.quantity) > available)
      return `${body.quantity} are refused over a customer's limit, ${available} were available`;
    if (body.reason === 'insufficient' && BigInt(body.quantity) <= available)
      return `${body.quantity} are refused, ${available} were available`;
    if (body.reason === 'unknown-sku' && isKnown)
      return 'a hold is refused as unknown-sku, the SKU was received';
    if (body.reason === 'halted' && !levels?.halted) return 'a hold is refused as halted, the SKU is not';
  }
  if (isPositive.has(body.type) && 'quantity' in body && body.quantity < 1)
    return `${body.type} of ${body.quantity}`;
  if (body.type === 'PurchasesLimited' && body.perCustomer !== null && body.perCustomer < 1)
    return `a limit of ${body.perCustomer} pieces`;
  return null;
}

function brokenEquation(levels: Levels): string | null {
  const { received, restocked, adjusted, committed, reversed, shipped, held, onHand, allocated } = levels;
  if (received < 0n || restocked < 0n || committed < 0n || reversed < 0n || shipped < 0n || held < 0n)
    return `a level is negative: ${words(levels)}`;
  if (onHand < 0n || allocated < 0n || onHand < held) return `a level is negative: ${words(levels)}`;
  const books = received + restocked + adjusted + reversed - committed;
  if (onHand !== books)
    return `on hand is ${onHand}, received + restocked ± adjusted + reversed − committed ${books}`;
  const building = committed - reversed - shipped;
  if (allocated !== building) return `allocated is ${allocated}, committed − reversed − shipped ${building}`;
  return null;
}

const words = (levels: Levels): string =>
  Object.entries({ ...levels, available: levels.onHand - levels.held })
    .filter(([, level]) => typeof level === 'bigint')
    .map(([name, level]) => `${name} ${level}`)
    .join(', ');
