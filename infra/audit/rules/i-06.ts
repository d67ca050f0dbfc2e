import { assertNever } from '../../../schemas/assert-never.ts';
import type { Event as StockEvent, EventBody } from '../../../schemas/generated/stock-events.ts';
import { createFindings, type Rule, whereOf } from '../rule.ts';

/** One SKU as its events say; BigInt, so that no sum ever rounds. Each level is counted apart, not derived. */
interface Levels {
  received: bigint;
  adjusted: bigint;
  committed: bigint;
  held: bigint;
  onHand: bigint;
  allocated: bigint;
  halted: boolean;
}

/**
 * I-06: for each SKU and at every prefix `available = onHand − held`, `onHand = received ± adjusted − committed`,
 * `allocated = committed`, none negative (domain §4), and each hold was given or refused by these levels.
 */
export function createI06(): Rule {
  const findings = createFindings('I-06');
  let skus = new Map<string, Levels>();
  return {
    id: 'I-06',
    onFact(fact) {
      if (fact.processor !== 'stock' || !('sku' in fact.event.body)) return;
      const { body } = fact.event as StockEvent;
      if (!('sku' in body)) return;
      const key = `${body.store}/${body.sku}`;
      const known = skus.get(key);
      const levels = known ?? {
        received: 0n,
        adjusted: 0n,
        committed: 0n,
        held: 0n,
        onHand: 0n,
        allocated: 0n,
        halted: false,
      };
      const wrong = judge(levels, known !== undefined, body);
      findings.check(wrong === null, () => `${whereOf(fact)}: ${key}: ${wrong}`);
      // What names a SKU without changing it does not make it known.
      if (apply(levels, body) && !known) skus.set(key, levels);
      const broken = brokenEquation(levels);
      findings.check(broken === null, () => `${whereOf(fact)}: ${key} after ${body.type}: ${broken}`);
    },
    onPartitionEnd() {
      skus = new Map();
    },
    end: () => findings.report(),
  };
}

/** What the levels before the event say against it, or null. */
function judge(levels: Levels, isKnown: boolean, body: Extract<EventBody, { sku: string }>): string | null {
  const available = levels.onHand - levels.held;
  if (body.type === 'HoldPlaced' && !body.repeat) {
    if (BigInt(body.quantity) <= 0n) return `a hold of ${body.quantity}`;
    if (!isKnown || levels.halted) return 'a hold is given though the SKU is unknown or halted';
    if (BigInt(body.quantity) > available) return `${body.quantity} are held, ${available} were available`;
  }
  if (body.type === 'HoldRefused') {
    if (BigInt(body.available) !== available)
      return `the refusal says ${body.available} are available, it is ${available}`;
    if (body.reason === 'insufficient' && BigInt(body.quantity) <= available)
      return `${body.quantity} are refused, ${available} were available`;
    if (body.reason === 'unknown-sku' && isKnown)
      return 'a hold is refused as unknown-sku, the SKU was received';
    if (body.reason === 'halted' && !levels.halted) return 'a hold is refused as halted, the SKU is not';
  }
  if (body.type === 'StockReceived' && body.quantity < 1) return `${body.quantity} are received`;
  return null;
}

/** Folds the event; true if it makes the SKU known or changes it. */
function apply(levels: Levels, body: Extract<EventBody, { sku: string }>): boolean {
  switch (body.type) {
    case 'StockReceived':
      levels.received += BigInt(body.quantity);
      levels.onHand += BigInt(body.quantity);
      return true;
    case 'StockAdjusted':
      levels.adjusted += BigInt(body.quantity);
      levels.onHand += BigInt(body.quantity);
      return true;
    case 'SkuHalted':
    case 'SkuResumed':
      levels.halted = body.type === 'SkuHalted';
      return true;
    case 'HoldPlaced':
      if (body.repeat) return false;
      levels.held += BigInt(body.quantity);
      return true;
    case 'HoldCommitted':
      if (body.repeat) return false;
      levels.held -= BigInt(body.quantity);
      levels.onHand -= BigInt(body.quantity);
      levels.committed += BigInt(body.quantity);
      levels.allocated += BigInt(body.quantity);
      return true;
    case 'HoldReleased':
      if (body.repeat || body.quantity === 0) return false;
      levels.held -= BigInt(body.quantity);
      return true;
    case 'HoldRefused':
      return false;
    default:
      return assertNever(body);
  }
}

function brokenEquation({ received, adjusted, committed, held, onHand, allocated }: Levels): string | null {
  const levels = { received, committed, held, onHand, allocated, available: onHand - held };
  for (const [name, level] of Object.entries(levels)) if (level < 0n) return `${name} is ${level}`;
  if (onHand !== received + adjusted - committed)
    return `on hand is ${onHand}, received ± adjusted − committed ${received + adjusted - committed}`;
  if (allocated !== committed) return `allocated is ${allocated}, committed ${committed}`;
  return null;
}
