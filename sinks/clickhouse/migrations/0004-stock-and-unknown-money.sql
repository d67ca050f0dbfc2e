-- Stock as the journal stock.events.v1 tells it: a row for each event that changes a level, refuses a hold, or halts or
-- resumes a SKU; an answer given again moves nothing and has no row. Columns: schemas/clickhouse-columns.ts. A level is
-- the sum of its changes, from the journal's first record on, and never below 0:
--   on hand at T   = sum(on_hand_change)   over at < T, by store and sku
--   held at T      = sum(held_change)      … = open holds
--   available at T = sum(on_hand_change - held_change)
--   allocated at T = sum(allocated_change) … = committed - reversed - shipped
-- Movements by kind in a bucket: sum(units) by event. Stock-outs: event = 'HoldRefused' AND reason = 'insufficient'.
-- Its watermark stands in sink_positions under topic = 'stock.events.v1', apart from that of the orders tables.
CREATE TABLE IF NOT EXISTS stock_movements (
  store LowCardinality(String),
  partition UInt16,
  seq UInt64,
  at DateTime64(3, 'UTC'),
  order_id String,
  event LowCardinality(String),
  sku LowCardinality(String),
  units Int64,
  on_hand_change Int64,
  held_change Int64,
  allocated_change Int64,
  available Nullable(Int64),
  reason LowCardinality(Nullable(String)),
  ref Nullable(String),
  INDEX by_sku sku TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (store, event, at, partition, seq)
SETTINGS non_replicated_deduplication_window = 10000;

-- Money of which nobody knows what became of it, a row for each word of the provider's that left it unknown, until his
-- next word on the same subject: an order's payment is one, each refund another (its operation). The balance at T, by age:
--   since <= T AND (until IS NULL OR until > T); a spell may have several rows, of which one holds at any time.
-- spell_since is when the subject became unknown first and has not been known since.
CREATE VIEW IF NOT EXISTS unknown_money SQL SECURITY INVOKER AS
SELECT store, partition, order_id, subject, kind, op_id, cause, currency, amount_minor, since, spell_since, until
FROM (
  SELECT store, partition, order_id, subject, kind, op_id, is_unknown,
    assumeNotNull(code) AS cause, assumeNotNull(u.currency) AS currency, assumeNotNull(u.amount_minor) AS amount_minor,
    at AS since,
    minIf(at, is_unknown) OVER (PARTITION BY store, partition, subject, known_before) AS spell_since,
    leadInFrame(toNullable(at), 1, NULL) OVER (
      PARTITION BY store, partition, subject ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
    ) AS until
  FROM (
    SELECT store, partition, seq, at, order_id, op_id, kind, code, currency, amount_minor,
      if(kind = 'refund', op_id, order_id) AS subject,
      event = 'PaymentUnknown' AS is_unknown,
      sum(event != 'PaymentUnknown') OVER (
        PARTITION BY store, partition, if(kind = 'refund', op_id, order_id) ORDER BY seq
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS known_before
    FROM payments
    WHERE event IN ('PaymentUnknown', 'PaymentAuthorized', 'PaymentDeclined', 'PaymentCaptured', 'PaymentCaptureFailed',
        'PaymentVoided', 'PaymentLapsed', 'RefundRecorded')
      AND order_id IN (SELECT order_id FROM payments WHERE event = 'PaymentUnknown')
  ) AS u
)
WHERE is_unknown;
