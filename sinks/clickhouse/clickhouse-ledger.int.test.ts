import { randomUUID } from 'node:crypto';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import { readClickHouse } from '../../infra/audit/read-clickhouse.ts';
import { createClickhouseLedger } from './clickhouse-ledger.ts';
import { createDatabase, migrate } from './migrate.ts';
import { ledgerContract } from './testing/ledger.contract.ts';
import { forgetTokens } from './testing/ledger-world.ts';
import { testEngines } from '../../infra/local/testing/test-engines.ts';

ledgerContract('ClickHouse', async () => {
  const url = testEngines().clickhouseUrl;
  const database = `ledger_${randomUUID().replaceAll('-', '')}`;
  await createDatabase({ url: url, database: database });
  const client = createClient({ url, database, log: { level: ClickHouseLogLevel.OFF } });
  await migrate(client);
  return {
    ledger: createClickhouseLedger(client),
    facts: () => readClickHouse(client),
    forgetTokens: () => forgetTokens(client),
    emptyView: async () => void (await client.command({ query: 'TRUNCATE TABLE sales_by_minute' })),
    async close() {
      await client.command({ query: `DROP DATABASE ${database}` });
      await client.close();
    },
  };
});
