-- What the sales report reads. Keyed by journal partition too: its one sink can compare its minutes with their base.
CREATE TABLE IF NOT EXISTS sales_by_minute (
  store LowCardinality(String),
  minute DateTime('UTC'),
  currency LowCardinality(String),
  partition UInt16,
  orders Int64,
  units Int64,
  gross_minor Int64,
  discount_minor Int64,
  shipping_minor Int64,
  tax_minor Int64
) ENGINE = SummingMergeTree
PARTITION BY toYYYYMM(minute)
ORDER BY (store, minute, currency, partition)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE MATERIALIZED VIEW IF NOT EXISTS sales_by_minute_view TO sales_by_minute AS
SELECT
  store,
  toStartOfMinute(at) AS minute,
  assumeNotNull(currency) AS currency,
  partition,
  toInt64(count()) AS orders,
  toInt64(sum(assumeNotNull(units))) AS units,
  sum(assumeNotNull(total_minor)) AS gross_minor,
  sum(assumeNotNull(discount_minor)) AS discount_minor,
  sum(assumeNotNull(shipping_minor)) AS shipping_minor,
  sum(assumeNotNull(tax_minor)) AS tax_minor
FROM orders
WHERE event = 'OrderConfirmed'
GROUP BY store, minute, currency, partition;
