import { expect, test } from 'vitest';
import { requestTimeoutMs } from '../../infra/clients/clickhouse.ts';
import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import { minutesSold } from './doubtful-minutes.ts';
import type { Block } from './cut-blocks.ts';
import type { BlockAt } from './ledger.ts';
import { noRows } from './order-rows.ts';

const block: Block = {
  firstSeq: 1,
  lastSeq: 9,
  rule: 't2000-n50000-r2',
  rows: noRows(),
  end: { offset: 12n, seq: 9, writer: 'w' },
  watermarkMs: 1_000,
};
const at: BlockAt = { topic: 'orders.events.v1', partition: 3, block, follows: 0 };

test('the engine ends every insert before the client stops waiting for it', async () => {
  const ends: number[] = [];
  const exec = async (asked: { clickhouse_settings: { max_execution_time?: number } }) => {
    ends.push((asked.clickhouse_settings.max_execution_time ?? Number.POSITIVE_INFINITY) * 1_000);
    return { stream: [] };
  };
  const ledger = createClickhouseLedger({ exec } as unknown as ClickHouseClient);
  await ledger.insertRows('orders', at);
  await ledger.insertPosition(at, { position: block.end, watermarkMs: 1_000, nextRule: block.rule }, 0);
  await ledger.mendView(at, [{ store: 'demo', orders: '1' }]);
  expect(ends).toHaveLength(3);
  for (const endMs of ends) expect(endMs).toBeLessThan(requestTimeoutMs);
});

test('a block without a sale has no minutes to compare', () => {
  expect(minutesSold(block)).toBeNull();
});
