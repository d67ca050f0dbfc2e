-- What becomes of an order after its sale, and its lineage. Columns: schemas/clickhouse-columns.ts. Blocks cut before this
-- migration have no order_events: `millrace sink rebuild` fills them in.
CREATE TABLE IF NOT EXISTS money_back (
  store LowCardinality(String),
  partition UInt16,
  seq UInt64,
  at DateTime64(3, 'UTC'),
  order_id String,
  event LowCardinality(String),
  kind LowCardinality(String),
  ref String,
  state LowCardinality(String),
  why LowCardinality(Nullable(String)),
  currency LowCardinality(String),
  amount_minor Int64,
  shipping_minor Nullable(Int64),
  psp_ref Nullable(String),
  code LowCardinality(Nullable(String)),
  claimed_at Nullable(DateTime64(3, 'UTC'))
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (store, kind, at, partition, seq)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS fulfilment (
  store LowCardinality(String),
  partition UInt16,
  seq UInt64,
  at DateTime64(3, 'UTC'),
  order_id String,
  line UInt16,
  event LowCardinality(String),
  ref String,
  sku LowCardinality(String),
  units UInt32,
  condition LowCardinality(Nullable(String)),
  claimed_at Nullable(DateTime64(3, 'UTC'))
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (store, event, at, partition, seq, line)
SETTINGS non_replicated_deduplication_window = 10000;

-- By time, so that a block's range is found; an order is found by its own times and the filter.
CREATE TABLE IF NOT EXISTS order_events (
  store LowCardinality(String),
  partition UInt16,
  seq UInt64 CODEC(Delta, ZSTD),
  at DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  order_id String CODEC(ZSTD),
  event LowCardinality(String),
  offset Int64 CODEC(Delta, ZSTD),
  cause_offset Int64 CODEC(Delta, ZSTD),
  cause_source LowCardinality(Nullable(String)),
  cause_seq Nullable(UInt64) CODEC(ZSTD),
  cause_index Nullable(UInt32) CODEC(ZSTD),
  detail String CODEC(ZSTD),
  INDEX by_order order_id TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY (store, at, partition, seq)
SETTINGS non_replicated_deduplication_window = 10000;
