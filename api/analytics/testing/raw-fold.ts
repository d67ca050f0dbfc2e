import type { EventBody, OrderConfirmed, OrderPlaced } from '../../../schemas/generated/orders-events.ts';

/**
 * What the reports must say, by a second reading of the journal's bare events: no SQL, no table, no code of the reports.
 * Local times come from `Intl` alone.
 */
export interface RawEvent {
  readonly atMs: number;
  readonly body: EventBody;
}

/** One thing to count: a column of a report, when and under which names it counts. */
interface Fact {
  readonly atMs: number;
  /** The caller's time; the log's where he names none. */
  readonly claimedMs: number;
  readonly column: string;
  readonly amount: number;
  readonly names: Readonly<Record<string, string>>;
}

export interface RawFacts {
  readonly sales: readonly Fact[];
  readonly lines: readonly Fact[];
  readonly orders: readonly Fact[];
  readonly refunds: readonly Fact[];
  readonly payments: readonly Fact[];
  readonly funnel: readonly Fact[];
}

type Stage = 'none' | 'holding' | 'authorizing' | 'committing' | 'capturing' | 'unwinding' | 'over';

interface Life {
  readonly placed: OrderPlaced;
  readonly placedAtMs: number;
  sale: OrderConfirmed | null;
  isClosed: boolean;
  stage: Stage;
  /** Refund or dispute: whether its money is back with the customer. */
  readonly back: Map<string, boolean>;
  readonly whyOf: Map<string, string>;
  readonly claimOf: Map<string, number | null>;
  /** The payment, and each refund's operation: what is unknown of it. */
  readonly unknown: Map<string, number>;
}

/** The facts of one store's orders; `events` in the order of their journal, partition by partition. */
export function rawFacts(events: readonly RawEvent[], store: string): RawFacts {
  const facts = { sales: [], lines: [], orders: [], refunds: [], payments: [], funnel: [] } as {
    -readonly [Name in keyof RawFacts]: Fact[];
  };
  const lives = new Map<string, Life>();
  const sold = new Set(
    events.flatMap(({ body }) =>
      body.type === 'OrderConfirmed' && body.store === store ? [body.orderId] : [],
    ),
  );
  for (const { atMs, body } of events) {
    if (!('store' in body) || body.store !== store || !('orderId' in body)) continue;
    if (body.type === 'OrderPlaced') lives.set(body.orderId, lifeOf(body, atMs));
    const life = lives.get(body.orderId);
    if (life === undefined) continue;
    const { currency, customerId } = life.placed;
    const add =
      (table: keyof RawFacts, names: Readonly<Record<string, string>>, claimedMs = atMs) =>
      (column: string, amount = 1): void =>
        void facts[table].push({ atMs, claimedMs, column, amount, names: { currency, ...names } });
    const count = add('orders', { outcome: '', reason: '' });
    const open = add('sales', { customer_id: customerId });
    const said = add('payments', { code: '' });

    // what moves no figure is no case
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check
    switch (body.type) {
      case 'OrderPlaced':
        count('placed');
        open('unconfirmed_minor', body.totalMinor);
        break;
      case 'OrderConfirmed': {
        life.sale = body;
        count('confirmed');
        open('unconfirmed_minor', -body.totalMinor);
        const claimed = body.orderedAtMs ?? life.placedAtMs;
        const sale = add('sales', { customer_id: customerId }, claimed);
        sale('orders');
        sale('gross_minor', body.totalMinor);
        sale('discount_minor', body.discountMinor);
        sale('shipping_minor', body.shippingMinor);
        sale('tax_minor', body.taxMinor);
        const isOnTop = life.placed.taxRule === 'exclusive';
        for (const { sku, quantity, netMinor, taxMinor } of body.lines) {
          sale('units', quantity);
          const line = add('lines', { sku, customer_id: customerId, order: body.orderId }, claimed);
          line('units', quantity);
          line('gross_minor', isOnTop ? netMinor + taxMinor : netMinor);
          line('tax_minor', taxMinor);
        }
        break;
      }
      case 'OrderClosed':
        add('orders', { outcome: body.as, reason: body.reason })(body.as.toLowerCase());
        if (life.sale === null) open('unconfirmed_minor', -body.totalMinor);
        break;
      case 'RefundRequested': {
        life.whyOf.set(body.refundId, body.origin);
        life.claimOf.set(body.refundId, body.claimedAtMs);
        const asked = add('refunds', { why: body.origin });
        asked('requested');
        asked('requested_minor', body.amountMinor);
        break;
      }
      case 'RefundRecorded': {
        const why = life.whyOf.get(body.refundId) ?? '';
        if (body.as === 'failed') add('refunds', { why })('failed');
        moveBack(life, body.refundId, body.as === 'succeeded', (sign) => {
          add('refunds', { why })('refunded_minor', sign * body.amountMinor);
          if (!sold.has(body.orderId)) add('refunds', { why })('unsold_minor', sign * body.amountMinor);
          else
            add(
              'sales',
              { customer_id: customerId },
              life.claimOf.get(body.refundId) ?? atMs,
            )('refunds_minor', sign * body.amountMinor);
        });
        known(life, body.opId, add);
        break;
      }
      case 'RefundDue':
        add('refunds', { why: life.whyOf.get(body.refundId) ?? '' })('due_minor', body.amountMinor);
        break;
      case 'DisputeRecorded':
        if (body.as === 'open') break;
        moveBack(life, `dispute ${body.disputeId}`, body.as === 'lost', (sign) => {
          add('refunds', { why: '' })('chargebacks_minor', sign * body.amountMinor);
          if (sold.has(body.orderId)) open('chargebacks_minor', sign * body.amountMinor);
        });
        break;
      case 'PaymentAuthorized':
        said('authorized');
        known(life, body.opId, add);
        break;
      case 'PaymentDeclined':
        add('payments', { code: body.code })('declined');
        known(life, body.opId, add);
        break;
      case 'PaymentCaptured':
        said('captured');
        said('captured_minor', body.amountMinor);
        known(life, body.opId, add);
        break;
      case 'PaymentCaptureFailed':
        add('payments', { code: body.code })('capture_failed');
        known(life, body.opId, add);
        break;
      case 'PaymentVoided':
        said('voided');
        known(life, body.opId, add);
        break;
      case 'PaymentLapsed':
        add('payments', { code: body.reason })('lapsed');
        known(life, body.opId, add);
        break;
      case 'PaymentUnknown': {
        add('payments', { code: body.cause })('became_unknown');
        unknownIs(life, body.kind === 'refund' ? body.opId : 'payment', body.amountMinor, add);
        break;
      }
      default:
    }
    step(life, body, add('funnel', {}));
  }
  return facts;
}

type Add = (
  table: keyof RawFacts,
  names: Readonly<Record<string, string>>,
) => (column: string, amount?: number) => void;

const lifeOf = (placed: OrderPlaced, placedAtMs: number): Life => ({
  placed,
  placedAtMs,
  sale: null,
  isClosed: false,
  stage: 'none',
  back: new Map(),
  whyOf: new Map(),
  claimOf: new Map(),
  unknown: new Map(),
});

function moveBack(life: Life, ref: string, isBack: boolean, moved: (sign: 1 | -1) => void): void {
  if ((life.back.get(ref) ?? false) === isBack) return;
  life.back.set(ref, isBack);
  moved(isBack ? 1 : -1);
}

const known = (life: Life, opId: string, add: Add): void =>
  unknownIs(life, opId.split(':')[1] === 'refund' ? opId : 'payment', 0, add);

function unknownIs(life: Life, subject: string, amount: number, add: Add): void {
  const change = amount - (life.unknown.get(subject) ?? 0);
  life.unknown.set(subject, amount);
  if (change === 0) return;
  add('payments', { code: '' })('unknown_minor', change);
  if (subject !== 'payment') add('refunds', { why: '' })('unknown_minor', change);
}

/** An order's way to a sale; what comes after that is no part of it. */
function step(life: Life, body: EventBody, count: (column: string, amount?: number) => void): void {
  const next = stageOf(body);
  const before = life.stage;
  if (next === null || next === before || before === 'over') return;
  life.stage = next;
  const counted = countedMoves.find(([from, to]) => from.includes(before) && to.includes(next));
  const also = before === 'holding' && next === 'committing' ? ['held', 'authorized'] : [];
  const sale = body.type === 'OrderConfirmed' ? ['confirmed'] : [];
  const names = new Set([...(counted === undefined ? [] : [counted[2]]), ...also, ...sale]);
  if (before === 'committing' && next === 'over' && body.type === 'OrderConfirmed') names.add('committed');
  for (const name of names) count(name);
  if (before !== 'none') count(`in_${before}`, -1);
  if (next !== 'over') count(`in_${next}`, 1);
}

const countedMoves: readonly (readonly [readonly Stage[], readonly Stage[], string])[] = [
  [['none'], ['holding'], 'placed'],
  [['holding'], ['authorizing'], 'held'],
  [['authorizing'], ['committing'], 'authorized'],
  [['committing'], ['capturing'], 'committed'],
  [['holding'], ['unwinding'], 'left_holding'],
  [['authorizing'], ['unwinding'], 'left_authorizing'],
  [['committing', 'capturing'], ['unwinding'], 'left_committing'],
];

function stageOf(body: EventBody): Stage | null {
  if (body.type === 'OrderPlaced') return 'holding';
  if (body.type === 'PaymentOpRequested' && body.kind === 'authorize') return 'authorizing';
  if (body.type === 'PaymentOpRequested' && body.kind === 'capture') return 'capturing';
  if (body.type === 'CommitStarted') return 'committing';
  if (body.type === 'UnwindStarted') return 'unwinding';
  return body.type === 'OrderConfirmed' || body.type === 'OrderClosed' ? 'over' : null;
}

export interface RawQuestion {
  readonly fromMs: number;
  readonly toMs: number;
  readonly tz: string;
  readonly bucket: 'hour' | 'day' | 'week' | 'month' | null;
  readonly isOrdered?: boolean;
  readonly names: readonly string[];
  readonly filters?: Readonly<Record<string, string | undefined>>;
  /** Columns that are balances at a bucket's end. */
  readonly balances?: readonly string[];
}

export type RawRow = Readonly<Record<string, string | number>>;

/** The rows of these facts: sums by bucket and names, balances at its end; the key of a row is its local bucket and names. */
export function rawRows(facts: readonly Fact[], asked: RawQuestion): ReadonlyMap<string, RawRow> {
  const { names, balances = [], filters = {} } = asked;
  const rows = new Map<string, { [column: string]: string | number }>();
  const running = new Map<string, number>();
  const timeOf = (fact: Fact): number => (asked.isOrdered === true ? fact.claimedMs : fact.atMs);
  const asks = Object.entries(filters).filter(([, value]) => value !== undefined);
  const ordered = facts
    .filter((fact) => asks.every(([name, value]) => fact.names[name] === value))
    .toSorted((a, b) => timeOf(a) - timeOf(b));
  for (const fact of ordered) {
    const atMs = timeOf(fact);
    const isBalance = balances.includes(fact.column);
    if (atMs >= asked.toMs || (atMs < asked.fromMs && !isBalance)) continue;
    const local = localOf(atMs, asked.tz);
    const named = names.map((name) =>
      name === 'hour' || name === 'weekday' ? String(local[name]) : (fact.names[name] ?? ''),
    );
    const balanceKey = JSON.stringify([fact.column, named]);
    if (isBalance) running.set(balanceKey, (running.get(balanceKey) ?? 0) + fact.amount);
    if (atMs < asked.fromMs) continue;
    const key = JSON.stringify([bucketName(local, asked.bucket), ...named]);
    const row = rows.get(key) ?? {};
    rows.set(key, row);
    if (!isBalance) row[fact.column] = Number(row[fact.column] ?? 0) + fact.amount;
    if (fact.names['order'] !== undefined) row[`order ${fact.names['order']}`] = 1;
    for (const column of balances) row[column] = running.get(JSON.stringify([column, named])) ?? 0;
  }
  return new Map([...rows].map(([key, row]) => [key, withOrders(row)]));
}

/** Lines name their orders: how many different ones. */
function withOrders(row: RawRow): RawRow {
  const orders = Object.keys(row).filter((name) => name.startsWith('order '));
  if (orders.length === 0) return row;
  const rest = Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('order ')));
  return { ...rest, orders: orders.length };
}

interface Local {
  readonly date: string;
  readonly hour: number;
  /** 1 Monday to 7 Sunday. */
  readonly weekday: number;
  readonly offset: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localOf(atMs: number, tz: string): Local {
  const format =
    formats.get(tz) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: tz,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      hourCycle: 'h23',
      weekday: 'short',
      timeZoneName: 'longOffset',
    });
  formats.set(tz, format);
  const part = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  const offset = String(part['timeZoneName']).slice(3);
  return {
    date: `${part['year']}-${part['month']}-${part['day']}`,
    hour: Number(part['hour']),
    weekday: ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].indexOf(part['weekday'] ?? '') + 1,
    offset: offset === '' ? '+00:00' : offset,
  };
}

/** Name of the bucket that an instant lies in on the clocks of a zone; of two hours of one name each has its own. */
export const localBucket = (atMs: number, tz: string, bucket: RawQuestion['bucket']): string =>
  bucketName(localOf(atMs, tz), bucket);

function bucketName({ date, hour, weekday, offset }: Local, bucket: RawQuestion['bucket']): string {
  if (bucket === null) return '';
  if (bucket === 'hour') return `${date}T${String(hour).padStart(2, '0')}${offset}`;
  if (bucket === 'month') return `${date.slice(0, 7)}-01`;
  if (bucket === 'day') return date;
  const monday = new Date(`${date}T00:00:00Z`);
  monday.setUTCDate(monday.getUTCDate() - weekday + 1);
  return monday.toISOString().slice(0, 10);
}
