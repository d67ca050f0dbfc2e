import type { Payout, SettlementEntry } from '../psp/psp.ts';
import { ageDays, businessDaysSince, type Day, type Difference } from './difference.ts';

/**
 * Σ net = payout (payments §7): each payout of the day by the lines it is made of, each of those by the line in the
 * file, and each line of the day's file by the payouts, in which it must stand once and in time.
 */
export function comparePayouts(of: Day): readonly Difference[] {
  const payouts = [...new Map(of.payouts.map((payout) => [payout.payoutId, payout])).values()];
  const lines = [...new Map(of.lines.map((line) => [line.lineId, line])).values()].filter(
    ({ day }) => day === of.day,
  );
  const paid = new Map<string, { readonly payoutId: string; readonly netMinor: number }[]>();
  for (const { payoutId, lines: parts } of payouts) {
    for (const { lineId, netMinor } of parts)
      paid.set(lineId, [...(paid.get(lineId) ?? []), { payoutId, netMinor }]);
  }
  return [
    ...payouts
      .filter(({ day, payoutId }) => day === of.day && !of.summed.has(payoutId))
      .flatMap((payout) => compareSum(of, payout)),
    ...lines.flatMap((line) => comparePaid(of, line, paid.get(line.lineId) ?? [])),
    ...unpaid(
      of,
      lines.filter(({ lineId }) => !paid.has(lineId)),
    ),
  ];
}

const settledCurrency = ({ settled, gross }: SettlementEntry): string => (settled ?? gross).currency;

function compareSum(of: Day, { payoutId, day, amount, lines }: Payout): readonly Difference[] {
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
  if (netMinor === amount.minor) return [];
  return [
    payoutDifference(of, {
      class: 'amount',
      pspRef: payoutId,
      ours: `net ${netMinor} ${amount.currency} of ${lines.length} lines`,
      theirs: `payout ${amount.minor} ${amount.currency} (${payoutId})`,
      amountMinor: Math.abs(netMinor - amount.minor),
      currency: amount.currency,
      ageDays: ageDays(of, Date.parse(day)),
    }),
  ];
}

function comparePaid(
  of: Day,
  line: SettlementEntry,
  parts: readonly { readonly payoutId: string; readonly netMinor: number }[],
): readonly Difference[] {
  const [part] = parts;
  if (!part) return [];
  const currency = settledCurrency(line);
  const differs = (found: Pick<Difference, 'class' | 'theirs' | 'amountMinor'>) => [
    payoutDifference(of, {
      ...found,
      pspRef: part.payoutId,
      ours: `net ${line.netMinor} ${currency} (${line.lineId})`,
      currency,
      ageDays: ageDays(of, Date.parse(line.day)),
    }),
  ];
  const netMinor = Math.abs(line.netMinor);
  if (parts.length > 1) {
    const theirs = `in ${parts.map(({ payoutId }) => payoutId).join(' and ')}`;
    return differs({ class: 'double', theirs, amountMinor: netMinor * (parts.length - 1) });
  }
  if (part.netMinor === line.netMinor) return [];
  const amountMinor = Math.abs(part.netMinor - line.netMinor);
  return differs({ class: 'amount', theirs: `net ${part.netMinor} in ${part.payoutId}`, amountMinor });
}

/** One difference for each currency: a payout that is not there yet has no line to blame. */
function unpaid(of: Day, lines: readonly SettlementEntry[]): readonly Difference[] {
  // when an account pays by a plan of its own, nobody here can say that a line is late
  if (of.payoutWithinDays === null) return [];
  const sinceMs = Date.parse(of.day);
  const isDue = businessDaysSince(sinceMs, of.todayMs) > of.payoutWithinDays;
  return [...new Set(lines.map(settledCurrency))].toSorted().map((currency) => {
    const own = lines.filter((line) => settledCurrency(line) === currency);
    const netMinor = own.reduce((sum, line) => sum + line.netMinor, 0);
    return payoutDifference(of, {
      class: isDue ? 'missing-there' : 'timing',
      pspRef: '',
      ours: `net ${netMinor} ${currency} of ${own.length} lines`,
      theirs: 'in no payout',
      amountMinor: Math.abs(netMinor),
      currency,
      ageDays: ageDays(of, sinceMs),
    });
  });
}

type About = Omit<Difference, 'where' | 'store' | 'orderId' | 'opId' | 'command' | 'line'>;

/** No order can look at a payout: the command asks for the day's files and payouts anew, with all figures. */
const payoutDifference = (of: Day, about: About): Difference => ({
  ...about,
  where: 'payout',
  store: of.store,
  orderId: null,
  opId: null,
  command: `npx millrace reconcile --day ${of.day} --json`,
  line: null,
});
