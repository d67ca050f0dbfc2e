import type { RequestRefund } from '../../schemas/generated/orders-commands.ts';
import { type OrderAccounts, disputesOf } from './order-accounts.ts';
import { type LinePieces, missingOf, openOf, type OrderLines } from './order-lines.ts';
import { OrderRefunds } from './order-refunds.ts';
import type { AnyCommand } from './recording.ts';

/** The reasons for which a command about pieces or money of a confirmed order may be refused (domain §3, note ²). */
export const lineReasons = new Set([
  'not-open',
  'not-shipped',
  'not-returnable',
  'no-return',
  'partly-shipped',
  'over-refund',
  'disputed',
  'currency-mismatch',
]);

/** Whether the reason is true of the order as it stands; `command` null: the inbox has lost it. */
export function isRefusedLine(
  orderId: string,
  reason: string,
  command: AnyCommand['body'] | null,
  { lines: books, accounts }: { readonly lines: OrderLines; readonly accounts: OrderAccounts },
): boolean {
  const order = books.of(orderId);
  const account = accounts.of(orderId);
  if (!order || !account) return false;
  if (command === null) return true;
  const { lines } = order;
  const lacks = (free: (line: LinePieces, number: number) => number): boolean =>
    'lines' in command && command.type !== 'PlaceOrder' && isLacking(lines, command.lines, free);
  switch (reason) {
    case 'not-open':
      return (command.type === 'CancelLines' || command.type === 'RecordShipment') && lacks(openOf);
    case 'not-shipped':
      return command.type === 'RecordDelivery' && lacks(({ shipped, delivered }) => shipped - delivered);
    case 'not-returnable':
      // Whether what lapsed may be asked back again, the table leaves open.
      return (
        command.type === 'RequestReturn' && lacks(({ shipped, asked, lapsed }) => shipped - asked - lapsed)
      );
    case 'no-return': {
      if (command.type !== 'ReceiveReturn') return false;
      const missing = missingOf(order, command.returnId);
      return missing === null || lacks((_, number) => missing.get(number) ?? 0);
    }
    case 'partly-shipped':
      return command.type === 'CancelOrder' && lines.some(({ shipped }) => shipped > 0);
    case 'disputed':
      return disputesOf(account, 'open') > 0n;
    case 'currency-mismatch':
      return (
        command.type === 'RequestRefund' &&
        command.currency !== null &&
        command.currency !== account.money.currency
      );
    default:
      return reason === 'over-refund' && command.type === 'RequestRefund' && isOver(command);
  }

  function isOver({ amountMinor, lines: asked }: RequestRefund): boolean {
    if (!account) return false;
    const { captured } = account;
    const refunds = account.refunds ?? new OrderRefunds(account.placed);
    const left = captured - refunds.notFailed - disputesOf(account, 'lost');
    if (amountMinor !== null) return BigInt(amountMinor) > left;
    if (left <= 0n || isLacking(lines, asked, (line, n) => line.quantity - refunds.piecesOf(n))) return true;
    return asked.length > 0 && asked.every(({ line, quantity }) => refunds.isWorthNothing(line, quantity));
  }
}

/** True if a piece that is asked for is not free, or none is where all that are free were asked for. */
function isLacking(
  lines: readonly LinePieces[],
  asked: readonly { readonly line: number; readonly quantity: number }[],
  free: (line: LinePieces, number: number) => number,
): boolean {
  if (asked.length === 0) return lines.every((line, i) => free(line, i + 1) <= 0);
  const wanted = new Map<number, number>();
  for (const { line, quantity } of asked) wanted.set(line, (wanted.get(line) ?? 0) + quantity);
  return [...wanted].some(([number, quantity]) => {
    const line = lines[number - 1];
    return !line || quantity > free(line, number);
  });
}
