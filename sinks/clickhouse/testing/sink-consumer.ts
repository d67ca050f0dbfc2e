import { connectClickhouse } from '../../../infra/clients/clickhouse.ts';
import type { ContractConsumer } from '../../../infra/clients/testing/consumer.contract.ts';
import { handWrittenJournal, startFold } from '../../../infra/clients/testing/journal-contract.ts';
import { journalOf } from '../../../schemas/topic-catalogue.ts';
import { createClickhouseLedger } from '../clickhouse-ledger.ts';
import type { Ledger } from '../ledger.ts';
import { createLedgerFold } from '../ledger-fold.ts';
import { createDatabase, migrate } from '../migrate.ts';
import { orderConfirmed, orderPlaced, paymentCaptured } from './journal.ts';
import { testEngines } from '../../../infra/local/testing/test-engines.ts';

const lines = [{ sku: 'A', quantity: 1, unitMinor: 100 }];

/** The sink; an order's effect is its OrderConfirmed row. */
export const sinkConsumer: ContractConsumer = {
  name: 'sink',
  reads: 'journal',
  source: journalOf('orders'),
  onForeignSource: 'stops',
  async open(place) {
    const url = testEngines().clickhouseUrl;
    const database = place.name.replaceAll('-', '_');
    await createDatabase({ url: url, database: database });
    const client = connectClickhouse({ url: url, database: database });
    await migrate(client);
    return {
      ...handWrittenJournal((orderId) => {
        const placed = orderPlaced(orderId, lines, { orderId });
        return [placed, paymentCaptured(placed), orderConfirmed(placed, 1_700_000_000_000)];
      }),
      start: (options = {}) =>
        startFold(place, options, () => ({
          fold: createLedgerFold({
            ledger: mute(createClickhouseLedger(client), options.onHung),
            rule: { intervalMs: 2_000, rowsMax: 50_000 },
          }),
        })),
      async effects() {
        const query = `SELECT order_id FROM orders WHERE event = 'OrderConfirmed'`;
        const answer = await client.query({ query, format: 'JSONEachRow' });
        return (await answer.json<{ order_id: string }>()).map(({ order_id }) => order_id);
      },
      close: () => client.close(),
    };
  },
};

/** Inserts the rows of its first block and never comes to the position row. */
function mute(ledger: Ledger, onHung: (() => void) | undefined): Ledger {
  if (!onHung) return ledger;
  return {
    ...ledger,
    insertPosition() {
      onHung();
      return new Promise(() => undefined);
    },
  };
}
