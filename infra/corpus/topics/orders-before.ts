import { assertNever } from '../../../schemas/assert-never.ts';
import type { Body, CommandEnvelope } from '../../../schemas/envelope.ts';
import { holdIdOf, opIdOf } from '../../../schemas/ids.ts';
import { lines, type NamedOrder, orderStages } from './fixtures.ts';
import { type Fields, validCommand } from './valid-record.ts';

type Command = CommandEnvelope<Body & Fields>;

/** The commands that bring order `id` to where a case finds it; the first places it. */
export function orderBefore(name: NamedOrder, id: string): readonly Command[] {
  const place = validCommand('orders', 'PlaceOrder', id);
  const forEachLine = (type: string): Command[] =>
    lines.map(({ sku, quantity }) => changed(type, id, { holdId: holdIdOf(id, sku), sku, quantity }));
  const report = (kind: string): Command => changed('ReportOutcome', id, { kind, opId: opIdOf(id, kind, 1) });
  const paying = [place, ...forEachLine('HoldPlaced')];
  const capturing = [...paying, report('authorize'), ...forEachLine('HoldCommitted')];
  const stage = orderStages[name];
  switch (stage) {
    case 'Holding':
      return [place];
    case 'Authorizing':
      return paying;
    case 'Capturing':
      return capturing;
    case 'Confirmed':
      return [...capturing, report('capture')];
    case 'Closed':
      // its capture is unknown, then a look-up shows that the reservation has ended by itself
      return [
        ...capturing,
        changed('ReportOutcome', id, { ...unknownCapture, opId: opIdOf(id, 'capture', 1) }),
        changed('ReportFacts', id, {
          opId: opIdOf(id, 'capture', 1),
          authorizedMinor: 0,
          ended: 'lapsed',
        }),
        ...forEachLine('CommitReversed'),
      ];
    default:
      return assertNever(stage);
  }
}

const unknownCapture = {
  kind: 'capture',
  is: 'unknown',
  amountMinor: null,
  currency: null,
  pspRef: null,
  cause: 'timeout',
};

function changed(type: string, id: string, body: Fields): Command {
  const command = validCommand('orders', type, id);
  return { ...command, body: { ...command.body, ...body } };
}
