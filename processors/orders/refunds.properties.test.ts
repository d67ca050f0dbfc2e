import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OrderLine } from '../../schemas/generated/orders-commands.ts';
import { lineNetMinor, taxOf } from '../../schemas/order-total.ts';
import type { OrderEvent } from './order.ts';
import { commandOf, lineCommand, outcomeOf, placeOrderOf, replyOf, run } from './testing/orders-fixture.ts';

const skus = ['A', 'B', 'D'];
const line = fc.record({
  quantity: fc.integer({ min: 1, max: 7 }),
  unitMinor: fc.integer({ min: 0, max: 1_000 }),
  shareMinor: fc.integer({ min: 0, max: 30 }),
  taxBp: fc.constantFrom(0, 500, 2_000, 1_925),
});
const ask = fc.record({
  does: fc.constantFrom('pieces', 'amount', 'cancel-lines', 'ship', 'return'),
  line: fc.integer({ min: 1, max: 3 }),
  part: fc.integer({ min: 1, max: 5 }),
});

test('any sequence of refunds, cancellations and returns sums to the charge, and no line or tax goes below 0', () => {
  let full = 0;
  fc.assert(
    fc.property(
      fc.array(line, { minLength: 1, maxLength: 3 }),
      fc.constantFrom('exclusive' as const, 'inclusive' as const),
      fc.integer({ min: 0, max: 500 }),
      fc.array(ask, { maxLength: 25 }),
      (drafts, taxRule, shippingMinor, asks) => {
        const lines = drafts.map((draft, i): OrderLine => {
          const priced = { sku: skus[i] ?? 'A', ...draft, discountMinor: 0, taxMinor: 0, priceVersion: 1 };
          const fitted = {
            ...priced,
            shareMinor: Math.min(priced.shareMinor, priced.quantity * priced.unitMinor),
          };
          return { ...fitted, taxMinor: taxOf(lineNetMinor(fitted), fitted.taxBp, taxRule) };
        });
        const discountMinor = lines.reduce((sum, { shareMinor }) => sum + shareMinor, 0);
        const shippingTaxMinor = taxOf(shippingMinor, 2_000, taxRule);
        const body = placeOrderOf(lines, { taxRule, shippingMinor, shippingTaxMinor, discountMinor });
        const money = { amountMinor: body.totalMinor };
        const each = (type: 'HoldPlaced' | 'HoldCommitted') =>
          lines.map(({ sku, quantity }) => commandOf(replyOf(type, sku, quantity)));
        const events: OrderEvent[] = run([
          commandOf(body),
          ...each('HoldPlaced'),
          ...(body.totalMinor > 0 ? [commandOf(outcomeOf('authorize', money))] : []),
          ...each('HoldCommitted'),
          ...(body.totalMinor > 0 ? [commandOf(outcomeOf('capture', money))] : []),
        ]);
        const decide = (commands: Parameters<typeof run>[0]): void => {
          events.splice(0, events.length, ...run(commands, events));
        };
        asks.forEach(({ does, line: number, part }, n) => {
          const of = { line: ((number - 1) % lines.length) + 1, quantity: part };
          const claimedAtMs = null;
          const refund = { type: 'RequestRefund', refundId: `f-${n}`, reason: '', claimedAtMs } as const;
          if (does === 'pieces') {
            decide([lineCommand({ ...refund, lines: [of], amountMinor: null, currency: null }, `f-${n}`)]);
          } else if (does === 'amount') {
            const amountMinor = part * 37;
            decide([lineCommand({ ...refund, lines: [], amountMinor, currency: 'GBP' }, `f-${n}`)]);
          } else if (does === 'cancel-lines') {
            decide([lineCommand({ type: 'CancelLines', lines: [of], reason: '' }, `c-${n}`)]);
          } else if (does === 'ship') {
            decide([
              lineCommand(
                { type: 'RecordShipment', lines: [of], carrier: null, trackingRef: null },
                `s-${n}`,
              ),
            ]);
          } else {
            const returnId = `r-${n}`;
            decide([
              lineCommand({ type: 'RequestReturn', returnId, lines: [], reason: '', claimedAtMs }, returnId),
              lineCommand(
                { type: 'ReceiveReturn', returnId, lines: [], sellable: true, condition: null, claimedAtMs },
                `rc-${n}`,
              ),
            ]);
          }
        });
        // then all that is left
        const rest = {
          type: 'RequestRefund',
          refundId: 'rest',
          lines: [],
          amountMinor: null,
          currency: null,
        } as const;
        decide([lineCommand({ ...rest, reason: '', claimedAtMs: null }, 'rest')]);
        const refunds = events.flatMap((event) => (event.type === 'RefundRequested' ? [event] : []));
        expect(refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(body.totalMinor);
        lines.forEach((of, i) => {
          const given = refunds.flatMap((refund) => refund.lines.filter((each) => each.line === i + 1));
          expect(given.every(({ netMinor, taxMinor }) => netMinor >= 0 && taxMinor >= 0)).toBe(true);
          expect(given.reduce((sum, { netMinor }) => sum + netMinor, 0)).toBe(lineNetMinor(of));
          expect(given.reduce((sum, { quantity }) => sum + quantity, 0)).toBeLessThanOrEqual(of.quantity);
          expect(given.reduce((sum, { taxMinor }) => sum + taxMinor, 0)).toBe(of.taxMinor);
        });
        full += refunds.length > 2 ? 1 : 0;
      },
    ),
    { numRuns: 400 },
  );
  expect(full).toBeGreaterThan(100);
}, 120_000);
