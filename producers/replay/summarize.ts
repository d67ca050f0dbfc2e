import type { QuarantineReason } from './classify-line.ts';
import type { Plan } from './plan-orders.ts';
import type { PlannedReturn } from './plan-returns.ts';
import { minorOf, type PlannedOrder, signedMinorOf, totalMinorOf } from './planned-order.ts';
import type { Returned } from './replay-returns.ts';

/** What became of every line of the file; minor units in whole pence. */
export interface ReplaySummary {
  /** Orders the API has taken, also those it had taken before. */
  readonly orders: number;
  /** Lines with carriage and discounts; what the orders cost: gross. */
  readonly accepted: { readonly orders: number; readonly lines: number; readonly minor: number };
  /** Orders of `orders` that were shipped. */
  readonly shipped: number;
  readonly returned: { readonly returns: number; readonly lines: number; readonly pieces: number };
  /** As the orders show them; `minor` is above 0. */
  readonly refunds: { readonly refunds: number; readonly minor: number };
  /** accepted − refunds. */
  readonly netMinor: number;
  readonly quarantined: {
    readonly lines: number;
    readonly minor: number;
    readonly byReason: Readonly<Record<string, number>>;
  };
  /** Orders of `orders` that were there before this run. */
  readonly replayed: number;
  /** Lines of orders beyond `--limit`; absent without one. */
  readonly left?: { readonly lines: number; readonly minor: number };
}

/** A line that became no part of an order or a return, for a report. */
export interface Refusal {
  readonly line: number;
  readonly reason: QuarantineReason | (string & {});
  readonly detail: string;
}

/** What a run of a plan came to. */
export interface ReplayOutcome {
  /** Problem code of each order the API refused. */
  readonly refused: ReadonlyMap<PlannedOrder, string>;
  readonly replayed: number;
  readonly shipped: number;
  readonly returned: ReadonlyMap<PlannedReturn, Returned>;
}

interface Fate extends Refusal {
  readonly minor: bigint;
}

/** Adds up what is accepted, returned and quarantined, in BigInt: every line of the file stands in one of them. */
export function summarize(
  plan: Plan,
  outcome: ReplayOutcome,
): { readonly summary: ReplaySummary; readonly refusals: readonly Refusal[] } {
  const taken = plan.orders.filter((order) => !outcome.refused.has(order));
  const isRefunded = (one: PlannedReturn): boolean => outcome.returned.get(one)?.is === 'refunded';
  const returned = plan.returns.filter(isRefunded);
  const fates = [
    ...plan.quarantined,
    ...plan.orders.flatMap((order) => refusedLines(order, outcome.refused.get(order))),
    ...plan.returns.flatMap((one) => keptLines(one, outcome.returned.get(one))),
  ];
  const grossMinor = sum(taken.map(totalMinorOf));
  const refundedMinor = sum(returned.map(({ refundMinor }) => BigInt(refundMinor)));
  const { left } = plan;
  return {
    summary: {
      orders: taken.length,
      accepted: {
        orders: taken.length,
        lines: taken.reduce((lines, order) => lines + order.lines.length + order.charges.length, 0),
        minor: Number(grossMinor),
      },
      shipped: outcome.shipped,
      returned: {
        returns: returned.length,
        lines: returned.reduce((lines, { credits }) => lines + credits.length, 0),
        pieces: returned.flatMap(({ pieces }) => pieces).reduce((pieces, one) => pieces + one.quantity, 0),
      },
      refunds: { refunds: returned.length, minor: Number(refundedMinor) },
      netMinor: Number(grossMinor - refundedMinor),
      quarantined: {
        lines: fates.length,
        minor: Number(sum(fates.map(({ minor }) => minor))),
        byReason: countBy(fates.map(({ reason }) => reason)),
      },
      replayed: outcome.replayed,
      ...(left.lines > 0 ? { left: { lines: left.lines, minor: Number(left.minor) } } : {}),
    },
    refusals: fates
      .map(({ line, reason, detail }) => ({ line, reason, detail }))
      .sort((a, b) => a.line - b.line),
  };
}

/** All lines of an order the API refused. */
function refusedLines(order: PlannedOrder, code: string | undefined): readonly Fate[] {
  if (code === undefined) return [];
  const fate = (line: number, minor: bigint): Fate => ({
    line,
    reason: code,
    detail: `refused with ${order.key}`,
    minor,
  });
  return [
    ...order.lines.map((line) => fate(line.line, minorOf(line))),
    ...order.charges.map((charge) => fate(charge.line, signedMinorOf(charge))),
  ];
}

/** The credits of a return that did not come about. */
function keptLines({ credits }: PlannedReturn, returned: Returned | undefined): readonly Fate[] {
  if (returned?.is === 'refunded') return [];
  const { reason, detail } = returned ?? { reason: 'credit', detail: 'its order was not shipped' };
  return credits.map((credit) => ({ line: credit.line, reason, detail, minor: -minorOf(credit) }));
}

const sum = (minors: readonly bigint[]): bigint => minors.reduce((all, minor) => all + minor, 0n);

function countBy(reasons: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
