import { Counter, Gauge, type Registry } from '@prometheus-io/client';
import type { TopicPartition } from '../../infra/clients/log.ts';
import { ledgerTableNames, processorOfTable } from '../../schemas/clickhouse-columns.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import type { Block } from './cut-blocks.ts';
import type { LedgerFoldOptions } from './ledger-fold.ts';

/** Counts the blocks and rows that went in, how far they are complete, and what was mended (interface.md §4). */
export function createSinkMetrics(
  registry: Registry,
): Required<Pick<LedgerFoldOptions, 'onBlock' | 'onDifferences'>> {
  const registers = [registry];
  const rowsTotal = new Counter({
    name: 'millrace_sink_rows_total',
    help: 'Rows written to ClickHouse',
    labelNames: ['table'] as const,
    registers,
  });
  const blocksTotal = new Counter({
    name: 'millrace_sink_blocks_total',
    help: 'Blocks written to ClickHouse; empty ones moved the position alone',
    labelNames: ['table', 'result'] as const,
    registers,
  });
  const completeUntil = new Gauge({
    name: 'millrace_complete_until_timestamp_seconds',
    help: 'Watermark of the last block of a partition of a journal',
    labelNames: ['topic', 'partition'] as const,
    registers,
  });
  const differencesTotal = new Counter({
    name: 'millrace_sink_view_differences_total',
    help: 'Keys of sales_by_minute that differed from their base and were mended',
    registers,
  });
  const onBlock = ({ topic, partition }: TopicPartition, block: Block): void => {
    completeUntil.set({ topic, partition: String(partition) }, block.watermarkMs / 1000);
    for (const table of ledgerTableNames) {
      if (journalOf(processorOfTable(table)) !== topic) continue;
      const rows = block.rows[table].length;
      rowsTotal.inc({ table }, rows);
      blocksTotal.inc({ table, result: rows > 0 ? 'written' : 'empty' });
    }
  };
  return { onBlock, onDifferences: (_at, _minutes, { length }) => differencesTotal.inc(length) };
}
