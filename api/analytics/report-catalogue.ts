/** What each report means, in words: `GET /v1/analytics` shows it. A changed meaning is a new version. */
export const reportCatalogue = {
  sales: {
    version: 1,
    title: 'Sales',
    definition:
      'Confirmed orders: their payment is captured and known. basis=accepted counts an order at its confirmation, by the clock of the log; basis=ordered at the time the customer ordered (orderedAt of the request, or when the order was placed if it gave none). One row for each bucket and currency; a bucket without a sale has no row.',
    columns: {
      bucket: 'Start of the bucket, UTC; bucket_local is the same instant on the clocks of tz.',
      orders: 'Confirmed orders.',
      units: 'Pieces in the sold lines.',
      gross_minor:
        'Captured money: lines, shipping, and tax where it is not in the prices. By SKU: the lines alone, without shipping.',
      discount_minor: 'Discount of these orders; gross is after discount. Not by SKU.',
      tax_minor: 'Tax of lines and shipping, whether on top of the prices or in them. By SKU: of the lines.',
      shipping_minor: 'Shipping of these orders. Not by SKU.',
      partial: 'The bucket ends after complete_until: orders may still come in.',
    },
    not_yet:
      'Refunds, returns and chargebacks are not recorded yet, so there is no column of them, and none of net.',
  },
  orders: {
    version: 1,
    title: 'Orders',
    definition:
      'Orders by what became of them, each in the bucket of the event that said so, by the clock of the log: an order placed in one bucket may be confirmed in the next.',
    columns: {
      placed: 'Orders taken.',
      confirmed: 'Orders whose payment is captured and known.',
      rejected: 'Ended because stock was short.',
      declined: 'Ended because the provider declined the payment.',
      expired: 'Ended at a deadline.',
      cancelled: 'Ended by the customer or the store.',
      partial: 'The bucket ends after complete_until.',
    },
  },
  'top-skus': {
    version: 1,
    title: 'Top SKUs',
    definition:
      'SKUs of the sold lines of confirmed orders, by the clock of the log; the first `limit` of each currency, by money or by pieces.',
    columns: {
      units: 'Pieces sold.',
      orders: 'Confirmed orders with the SKU.',
      gross_minor: 'What customers paid for these lines, tax included, shipping not.',
    },
  },
} as const;

export type ReportName = keyof typeof reportCatalogue;
