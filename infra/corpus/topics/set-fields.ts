import type { Body, CommandEnvelope } from '../../../schemas/envelope.ts';
import { AmountOutOfRange } from '../../../schemas/money.ts';
import { lineNetMinor, orderTotalMinor, taxOf } from '../../../schemas/order-total.ts';
import type { PlaceOrder } from '../../../schemas/generated/orders-commands.ts';
import { type Fields, fingerprintOf } from './valid-record.ts';

type Command = CommandEnvelope<Body & Fields>;

const envelopeFields = ['store', 'commandId', 'fingerprint', 'requestId'];
/** Words of the corpus that this schema spells otherwise. */
const otherWords: Readonly<Record<string, string>> = { requestedAtMs: 'orderedAtMs' };

/**
 * The command with the fields of `set` applied, by path (`lines.0.quantity`). What follows from them is made to fit,
 * unless it is set itself: an order's taxes and total, so that a case is wrong in what it names alone, and the
 * fingerprint, which is of the body.
 */
export function setFields(command: Command, set: Readonly<Record<string, unknown>>): Command {
  const changed = structuredClone(command) as Command & Fields;
  for (const [path, value] of Object.entries(set)) {
    const [first = '', ...rest] = path.split('.');
    const name = otherWords[first] ?? first;
    const target = envelopeFields.includes(name) && !(name in changed.body) ? changed : changed.body;
    put(target, [name, ...rest], value);
  }
  if (changed.body.type === 'PlaceOrder') fitMoney(changed.body, set);
  const { type, ...body } = changed.body;
  const isSame = JSON.stringify({ type, ...body }) === JSON.stringify(command.body);
  if (isSame || changed.fingerprint === null || 'fingerprint' in set) return changed;
  return { ...changed, fingerprint: fingerprintOf(body) };
}

function put(target: object, path: readonly string[], value: unknown): void {
  let at = target as Fields;
  for (const part of path.slice(0, -1)) {
    if (typeof at[part] !== 'object' || at[part] === null) at[part] = {};
    at = at[part] as Fields;
  }
  at[path.at(-1) ?? ''] = value;
}

function fitMoney(body: Body & Fields, set: Readonly<Record<string, unknown>>): void {
  const order = body as unknown as PlaceOrder & { totalMinor: number };
  try {
    order.lines.forEach((line, i) => {
      if (`lines.${i}.taxMinor` in set) return;
      Object.assign(line, { taxMinor: taxOf(lineNetMinor(line), line.taxBp, order.taxRule) });
    });
    if (!('totalMinor' in set)) Object.assign(order, { totalMinor: orderTotalMinor(order) });
  } catch (error) {
    // nothing can be made to fit a value that is no number: it stays as the case spells it
    if (!(error instanceof AmountOutOfRange || error instanceof TypeError || error instanceof RangeError))
      throw error;
  }
}
