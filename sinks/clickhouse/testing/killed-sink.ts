import { parseArgs } from 'node:util';
import { connectClickhouse } from '../../../infra/clients/clickhouse.ts';
import { createClickhouseLedger } from '../clickhouse-ledger.ts';
import type { Ledger } from '../ledger.ts';
import { createLedgerFold } from '../ledger-fold.ts';
import { at, foldAll, rule, someSales } from './ledger-world.ts';

// A sink as a process: folds the sales of `someSales` and kills itself with SIGKILL at its nth call to the engine, when
// the request has left and the answer has not come. Exits 0 if it came to the end.
const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    database: { type: 'string', default: '' },
    sales: { type: 'string', default: '0' },
    kill: { type: 'string', default: '0' },
  },
});
const client = connectClickhouse({ url: values.url, database: values.database });
let calls = 0;
const ledger = new Proxy(createClickhouseLedger(client), {
  get:
    (target, call: keyof Ledger) =>
    (...args: unknown[]) => {
      calls += 1;
      const answer = (target[call] as (...args: unknown[]) => Promise<unknown>)(...args);
      // Two turns of the loop: the request is in the socket.
      if (calls === Number(values.kill)) {
        setImmediate(() => setImmediate(() => process.kill(process.pid, 'SIGKILL')));
        return new Promise(() => undefined);
      }
      return answer;
    },
});
await foldAll(createLedgerFold({ ledger, rule }), someSales(Number(values.sales)), at);
await client.close();
