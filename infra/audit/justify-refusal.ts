import type { CommandRefused } from '../../schemas/envelope.ts';
import { orderTransitions } from '../../schemas/order-transitions.ts';
import type { OrderAccounts } from './order-accounts.ts';
import type { OrderLines } from './order-lines.ts';
import type { AnyCommand, AnyEvent } from './recording.ts';
import { isRefusedLine, lineReasons } from './refused-lines.ts';
import type { Fact } from './rule.ts';
import { makesSense } from './sense.ts';
import type { StockLevels } from './stock-levels.ts';
import type { WalkedOrder, Walks } from './walks.ts';

/** What was folded of the partition so far. */
export interface JudgedBy {
  readonly walks: Walks;
  readonly stock: StockLevels;
  readonly lines: OrderLines;
  readonly accounts: OrderAccounts;
}

/** Judges `CommandRefused` by what was decided before it in its partition. */
export interface RefusalJudge {
  /** Takes every valid event, a refusal too, before it is judged. */
  note(fact: Fact): void;
  /** What speaks against the refusal, or null. */
  judge(fact: Fact, body: CommandRefused): string | null;
  leavePartition(): void;
}

export function createRefusalJudge({ walks, stock, lines, accounts }: JudgedBy): RefusalJudge {
  /** First fingerprint of each command id, by `key id`. */
  let commands = new Map<string, string | null>();
  /** Version of each product. */
  let products = new Map<string, number>();
  let archived = new Set<string>();

  function isTrue(fact: Fact, body: CommandRefused, command: AnyCommand['body'] | null): boolean {
    const { key, reason } = body;
    const order = walks.orders.get(key);
    switch (reason) {
      case 'key-reused':
        return body.command === 'PlaceOrder'
          ? order !== undefined && order.fingerprint !== body.fingerprint
          : commands.get(`${key} ${body.commandId}`) !== body.fingerprint;
      case 'unknown-order':
        return fact.processor === 'orders' && order === undefined;
      case 'archived':
        return archived.has(key);
      case 'stale-intent':
        if (command === null) return true;
        if (command.type === 'ReportFacts') return command.n > (accounts.of(key)?.lookUps ?? 0);
        return command.type === 'ReportOutcome' && !isAsked(order?.asked, command);
      case 'unknown-sku':
        return fact.processor === 'stock'
          ? (walks.skus.get(key) ?? 'Unknown') === 'Unknown'
          : !products.has(key);
      case 'version-mismatch':
        if (command === null) return true;
        return 'ifVersion' in command && command.ifVersion !== (products.get(key) ?? 0);
      case 'would-break-holds':
      case 'out-of-range':
        return command === null || isBeyond(stock, key, reason, command);
      case 'semantic':
        return typeof fact.decided === 'string' || !fact.decided.command || !makesSense(fact.decided.command);
      case 'store-mismatch':
        return (
          command === null ||
          (typeof fact.decided !== 'string' && order?.store !== fact.decided.command?.store)
        );
      case 'closing':
        return order?.state === 'Unwinding' && isOfAnotherEnd(body, order);
      case 'closed':
        return order?.state === 'Closed' && isOfAnotherEnd(body, order);
      default:
        return lineReasons.has(reason)
          ? order?.state === 'Confirmed' && isRefusedLine(key, reason, command, { lines, accounts })
          : isInTable(body, order?.state ?? 'none');
    }
  }

  return {
    note({ event, key }) {
      const { body } = event;
      if (body.type === 'ProductPut' || body.type === 'ProductRetired') products.set(key ?? '', body.version);
      if (body.type === 'OrderArchived') archived.add(body.orderId);
      const { commandId, fingerprint } = commandOf(body);
      if (commandId == null || body.type === 'OrderPlaced') return;
      const id = `${key} ${commandId}`;
      if (!commands.has(id)) commands.set(id, fingerprint ?? null);
    },
    judge(fact, body) {
      const { decided } = fact;
      const command = typeof decided === 'string' ? null : (decided.command?.body ?? null);
      return isTrue(fact, body, command)
        ? null
        : `${body.command} of ${body.key} is refused as ${body.reason}, which is not true there`;
    },
    leavePartition() {
      commands = new Map();
      products = new Map();
      archived = new Set();
    },
  };
}

const commandOf = (
  body: AnyEvent['body'],
): { readonly commandId?: string | null; readonly fingerprint?: string | null } => body as object;

/** Who cancels what is cancelled, or on its way to be, is not refused. */
const isOfAnotherEnd = ({ command }: CommandRefused, { unwindsTo }: WalkedOrder): boolean =>
  command !== 'CancelOrder' || unwindsTo !== 'Cancelled';

type Outcome = Extract<AnyCommand['body'], { type: 'ReportOutcome' }>;

/** Whether the order asked for this very operation. */
const isAsked = (asked: ReadonlySet<string> | undefined, { opId, attempt, kind }: Outcome): boolean =>
  asked !== undefined && asked.has(`${opId}/${attempt}`) && opId.includes(`:${kind}:`);

function isBeyond(
  stock: StockLevels,
  key: string,
  reason: 'would-break-holds' | 'out-of-range',
  command: AnyCommand['body'],
): boolean {
  if (command.type !== 'AdjustStock' && command.type !== 'ReceiveStock' && command.type !== 'Restock')
    return false;
  const { onHand, held, received, adjusted, restocked, allocated } = stock.of(key) ?? {
    onHand: 0n,
    held: 0n,
    received: 0n,
    adjusted: 0n,
    restocked: 0n,
    allocated: 0n,
  };
  const after = onHand + BigInt(command.quantity);
  if (reason === 'would-break-holds') return after < held;
  const counter =
    command.type === 'ReceiveStock' ? received : command.type === 'Restock' ? restocked : adjusted;
  const total = counter + BigInt(command.quantity);
  // Every committed piece may come back on hand.
  return after + allocated > safeMax || total > safeMax || total < -safeMax;
}

const safeMax = BigInt(Number.MAX_SAFE_INTEGER);

/** Whether the published table refuses the command in this state with this reason. */
function isInTable({ command, reason }: CommandRefused, state: string): boolean {
  const row = (orderTransitions as Readonly<Record<string, Readonly<Record<string, Cell>>>>)[command];
  const cell = row?.[state];
  return cell?.is === 'refuse' ? cell.reason === reason : cell?.is === 'anomaly' && cell.refuse === reason;
}

type Cell = (typeof orderTransitions)['PlaceOrder']['none'];
