-- The ledger: one row for each event or line, appended, never changed. Columns: schemas/clickhouse-columns.ts.
-- non_replicated_deduplication_window keeps the tokens of that many blocks: a repeat of one of them writes nothing.
-- A Replicated table has its own window (replicated_deduplication_window), which is on by default.
CREATE TABLE IF NOT EXISTS orders (
  store LowCardinality(String),
  partition UInt16,
  seq UInt64,
  at DateTime64(3, 'UTC'),
  order_id String,
  event LowCardinality(String),
  customer_id Nullable(String),
  currency LowCardinality(Nullable(String)),
  outcome LowCardinality(Nullable(String)),
  reason LowCardinality(Nullable(String)),
  line_count Nullable(UInt32),
  units Nullable(UInt64),
  total_minor Nullable(Int64),
  discount_minor Nullable(Int64),
  shipping_minor Nullable(Int64),
  tax_minor Nullable(Int64),
  placed_at Nullable(DateTime64(3, 'UTC')),
  ordered_at Nullable(DateTime64(3, 'UTC')),
  INDEX by_ordered_at ordered_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (store, event, at, partition, seq)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS order_lines (
  store LowCardinality(String),
  partition UInt16,
  seq UInt64,
  at DateTime64(3, 'UTC'),
  order_id String,
  line UInt16,
  entry LowCardinality(String),
  customer_id String,
  currency LowCardinality(String),
  sku LowCardinality(String),
  units UInt32,
  unit_minor Nullable(Int64),
  discount_minor Nullable(Int64),
  tax_minor Int64,
  net_minor Int64,
  gross_minor Int64,
  placed_at DateTime64(3, 'UTC'),
  ordered_at Nullable(DateTime64(3, 'UTC')),
  INDEX by_ordered_at ordered_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (store, entry, at, partition, seq, line)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS payments (
  store LowCardinality(String),
  partition UInt16,
  seq UInt64,
  at DateTime64(3, 'UTC'),
  order_id String,
  event LowCardinality(String),
  op_id String,
  attempt UInt32,
  kind LowCardinality(String),
  amount_minor Nullable(Int64),
  currency LowCardinality(Nullable(String)),
  psp_ref Nullable(String),
  code LowCardinality(Nullable(String))
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (store, event, at, partition, seq)
SETTINGS non_replicated_deduplication_window = 10000;

-- Written after the block it speaks of. Older rows of a partition merge away; the highest seq counts.
CREATE TABLE IF NOT EXISTS sink_positions (
  topic LowCardinality(String),
  partition UInt16,
  offset Int64,
  seq UInt64,
  writer Nullable(String),
  watermark DateTime64(3, 'UTC'),
  next_rule LowCardinality(String),
  written_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')
) ENGINE = ReplacingMergeTree(seq)
ORDER BY (topic, partition)
SETTINGS non_replicated_deduplication_window = 10000;
