/** What each report means, in words: `GET /v1/analytics` shows it. A changed meaning is a new version, an added column is none. */
export const reportCatalogue = {
  sales: {
    version: 2,
    title: 'Sales',
    definition:
      'Confirmed orders: their payment is captured and known. Gross is what they brought in and is never changed later: what goes back of it is a row of its own, in the bucket in which it went back, and net = gross − refunds − chargebacks. basis=accepted counts each at its own event, by the clock of the log; basis=ordered at the time the caller claims (orderedAt of the order, or when it was placed; for a refund the time its request claims, or when the money went back). One row for each bucket and currency; a bucket in which nothing happened has no row.',
    columns: {
      bucket: 'Start of the bucket, UTC; bucket_local is the same instant on the clocks of tz.',
      orders: 'Confirmed orders.',
      units: 'Pieces in the sold lines.',
      gross_minor:
        'Captured money: lines, shipping, and tax where it is not in the prices. By SKU: the lines alone, without shipping.',
      refunds_minor:
        'Money of such orders that was given back and known to be; a refund that fails after all is taken out again where it failed. Not by SKU.',
      chargebacks_minor: 'Money of such orders that the bank took back in lost disputes. Not by SKU.',
      net_minor:
        'Gross less refunds less chargebacks; below 0 where more went back than came in. Not by SKU.',
      discount_minor: 'Discount of these orders; gross is after discount. Not by SKU.',
      tax_minor: 'Tax of lines and shipping, whether on top of the prices or in them. By SKU: of the lines.',
      shipping_minor: 'Shipping of these orders. Not by SKU.',
      average_minor: 'Gross by orders, half up. Not by SKU.',
      unconfirmed_minor:
        'Balance at the end of the bucket: totals of orders that are placed and neither confirmed nor ended. Neither revenue nor failure, and no sum. basis=accepted without groupBy alone.',
      sku: 'Of groupBy=sku.',
      customer_id: 'Of groupBy=customer.',
      weekday: 'Of groupBy=weekday: 1 Monday to 7 Sunday on the clocks of tz, over the whole range.',
      hour: 'Of groupBy=hour: 0 to 23 on the clocks of tz; an hour that comes twice, when clocks go back, is one.',
      partial: 'The bucket ends after complete_until: orders may still come in.',
    },
  },
  refunds: {
    version: 1,
    title: 'Refunds',
    definition:
      'Money on its way back to customers, each step in the bucket of its own event, by the clock of the log. It counts late money too, which was taken for orders that never became a sale: sales counts refunded less unsold.',
    columns: {
      requested: 'Refunds asked for.',
      requested_minor: 'What was asked for: an intent, no money yet.',
      refunded_minor:
        'Money given back and known to be; a refund that fails after all is taken out again where it failed.',
      unsold_minor: 'Of it, of orders that never became a sale.',
      failed: 'Refunds the provider could not deliver.',
      due_minor: 'Of failed ones, what we owe until a person finds another way.',
      chargebacks_minor: 'Money the bank took back in lost disputes, less what was won back.',
      unknown_minor:
        'Balance at the end of the bucket: refunds of which nothing is known. No sum; not by why.',
      why: 'Of groupBy=why: what the refund was asked for (cancel, cancel-lines, return, request, late-money); empty for disputes.',
      partial: 'The bucket ends after complete_until.',
    },
  },
  payments: {
    version: 1,
    title: 'Payments',
    definition:
      'What payment providers said, each word in the bucket of its own event, by the clock of the log. Unknown money is its own column: it is neither captured nor failed, so a rate of success names what it leaves out.',
    columns: {
      authorized: 'Money reserved.',
      declined: 'Judged no.',
      captured: 'Money taken.',
      captured_minor: 'What was taken.',
      capture_failed: 'Captures the provider refused; nothing was taken.',
      voided: 'Reservations dropped.',
      lapsed: 'Reservations that ended by themselves, or never came to be.',
      became_unknown: 'Times it was not known what the provider did.',
      unknown_minor:
        'Balance at the end of the bucket: money of which nothing is known, refunds included. No sum; not by code.',
      code: 'Of groupBy=code: what the provider gave as the cause of a decline, a refused capture, a lapse or an unknown; empty where it gave none.',
      partial: 'The bucket ends after complete_until.',
    },
  },
  orders: {
    version: 1,
    title: 'Orders',
    definition:
      'Orders by what became of them, each in the bucket of the event that said so, by the clock of the log: an order placed in one bucket may be confirmed in the next. By outcome or reason: ended orders alone.',
    columns: {
      placed: 'Orders taken.',
      confirmed: 'Orders whose payment is captured and known.',
      rejected: 'Ended because stock was short.',
      declined: 'Ended because the provider declined the payment.',
      expired: 'Ended at a deadline.',
      cancelled: 'Ended by the customer or the store; one cancelled after its sale is confirmed too.',
      currency: 'Of groupBy=currency.',
      outcome: 'Of groupBy=outcome: Rejected, Declined, Expired, Cancelled.',
      reason: 'Of groupBy=reason: why the order ended.',
      partial: 'The bucket ends after complete_until.',
    },
  },
  funnel: {
    version: 1,
    title: 'Funnel',
    definition:
      'How orders come to be sales: placed, held (all stock set aside), authorized (money reserved, or nothing to pay), committed (stock taken off the shelf), confirmed (captured and known). Each step counts in the bucket of its own event, by the clock of the log, whenever the order was placed: no older bucket ever changes, and a step may exceed the one before it in a bucket. left_… are the orders that went no further; in_… are balances at the end of the bucket: how many stand where. What becomes of a sale afterwards is not part of it.',
    columns: {
      placed: 'Orders taken; they wait for stock.',
      held: 'Orders all of whose stock was set aside.',
      authorized: 'Orders whose money was reserved; an order of total 0 passes.',
      committed: 'Orders whose stock was taken.',
      confirmed: 'Sales: captured and known.',
      left_holding: 'Orders given up while they waited for stock.',
      left_authorizing: 'Orders given up while they waited for the payment.',
      left_committing: 'Orders given up between the authorization and the capture.',
      in_holding: 'Waiting for stock at the end of the bucket. No sum.',
      in_authorizing: 'Waiting for the payment, unknown ones included. No sum.',
      in_committing: 'Waiting for their stock to be taken. No sum.',
      in_capturing: 'Waiting for the capture, unknown ones included. No sum.',
      in_unwinding: 'Given up, while stock and money go back. No sum.',
      partial: 'The bucket ends after complete_until.',
    },
  },
  'top-skus': {
    version: 1,
    title: 'Top SKUs',
    definition:
      'SKUs of the sold lines of confirmed orders, by the clock of the log; the first of each currency, as many as limit says, by money or by pieces.',
    columns: {
      units: 'Pieces sold.',
      orders: 'Confirmed orders with the SKU.',
      gross_minor: 'What customers paid for these lines, tax included, shipping not.',
    },
  },
  stock: {
    version: 1,
    title: 'Stock',
    definition:
      'Pieces by SKU, by the clock of the log: what moved in the range, and the levels at its end (or at asOf), which are the sums of every change since the first. available = on hand − held, never below 0. With bucket= a row for each bucket in which something moved; without, one for each SKU. complete_until is that of the stock journal.',
    columns: {
      received: 'Pieces received.',
      restocked: 'Returned pieces put on the shelf again.',
      adjusted: 'Counted, found, lost, damaged and the like; may be below 0.',
      held_units: 'Pieces set aside for orders.',
      released: 'Held pieces set free.',
      committed: 'Held pieces sold.',
      reversed: 'Sold pieces that were not sent and went back on the shelf.',
      shipped: 'Sold pieces that left the building.',
      stock_outs: 'Holds refused because too little was available.',
      stock_out_units: 'What these asked for.',
      on_hand: 'Sellable and unsold, at the end. No sum.',
      held: 'Open holds, at the end. No sum.',
      available: 'On hand less held, at the end. No sum.',
      allocated: 'Sold and not shipped, at the end. No sum.',
      partial: 'The bucket ends after complete_until.',
    },
  },
} as const;

export type ReportName = keyof typeof reportCatalogue;
