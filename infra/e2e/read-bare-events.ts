import { pino } from 'pino';
import type { RawEvent } from '../../api/analytics/testing/raw-fold.ts';
import type { RawStockEvent } from '../../api/analytics/testing/raw-stock-fold.ts';
import { acceptJournalRecord, journalStart } from '../../schemas/accept-journal-record.ts';
import type { Event as OrderEvent } from '../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../schemas/generated/stock-events.ts';
import { journalOf } from '../../schemas/topic-catalogue.ts';
import { openAuditSources } from '../audit/live-recording.ts';
import type { AnyEvent } from '../audit/recording.ts';
import type { LinkConfig } from '../clients/links.ts';
import { readPartition } from '../clients/read-partition.ts';
import type { Config } from '../config/config.ts';
import type { BareEvents } from './sampled-reports.ts';

/** The valid events of the orders and the stock journal, read raw from the running log. Rejects if it cannot be read. */
export async function readBareEvents(config: Config & LinkConfig): Promise<BareEvents> {
  const sources = await openAuditSources(config, pino({ level: 'silent' }));
  const { log, reader, decoder, partitions } = sources;
  const eventsOf = async (processor: 'orders' | 'stock'): Promise<readonly AnyEvent[]> => {
    const topic = journalOf(processor);
    const ranges = await log.offsetsOf(topic);
    const events: AnyEvent[] = [];
    for (let partition = 0; partition < partitions; partition += 1) {
      const range = ranges.get(partition);
      if (!range) throw new Error(`${topic} has no partition ${partition}`);
      let position = journalStart;
      for await (const records of readPartition(reader, { topic, partition }, range)) {
        for (const { offset, event } of await decoder.journal(processor, records)) {
          if (!event) throw new Error(`${topic}/${partition} offset ${offset} cannot be decoded`);
          const accepted = acceptJournalRecord(position, BigInt(offset), event);
          position = accepted ?? position;
          if (accepted !== null && event.body.type !== 'Barrier') events.push(event);
        }
      }
    }
    return events;
  };
  try {
    const orders = (await eventsOf('orders')) as readonly OrderEvent[];
    const stock = (await eventsOf('stock')) as readonly StockEvent[];
    return {
      orders: orders.map(({ atMs, body }): RawEvent => ({ atMs, body })),
      stock: stock.map(({ atMs, body }): RawStockEvent => ({ atMs, body })),
    };
  } finally {
    await sources.close();
  }
}
