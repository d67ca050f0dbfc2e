import { Registry } from '@prometheus-io/client';
import { pino } from 'pino';
import type { RoleContext, RunningRole, StartRole } from '../../clients/run-role.ts';
import { loadConfig } from '../../config/config.ts';
import type { Psp } from '../../psp/psp.ts';
import { startOrders } from '../../../processors/orders/start.ts';
import { startPaymentsWith } from '../../../processors/payments/start.ts';
import { startStock } from '../../../processors/stock/start.ts';
import { startViews } from '../../../processors/views/start.ts';

/** `node millrace-engine.ts <role,role,…>`: the very roles of production, in one process. */
const config = loadConfig({ INSTANCE_ID: `bench-${process.argv[2]?.replaceAll(',', '-')}` });

/** A payment that is approved at once (performance.md §1): no socket, no ledger, no latency. */
const approvingPsp: Psp = {
  can: {
    separateCapture: true,
    partialRefund: true,
    findByOpId: 'now',
    keepsErrors: true,
    keyTtlMs: 86_400_000,
    quietMs: 0,
  },
  run: (op) => Promise.resolve({ is: 'ok', pspRef: op.pspRef ?? `psp-${op.key}`, amount: op.amount }),
  lookUp: () => Promise.resolve('not-found'),
  close: () => Promise.resolve(),
};
const unsealed = { open: async (_: unknown, text: string) => text };

const starts: Readonly<Record<string, StartRole>> = {
  orders: startOrders,
  stock: startStock,
  payments: (context) => startPaymentsWith(context, { psp: approvingPsp, fields: unsealed }),
  views: startViews,
};

async function startRole(role: string): Promise<RunningRole> {
  const start = starts[role];
  if (!start) throw new RangeError(`no role ${role} in this benchmark`);
  const context: RoleContext = {
    config,
    logger: pino({ level: config.logLevel, base: { role } }),
    metrics: new Registry(),
    instanceId: config.instanceId,
  };
  return start(context);
}

const running = await Promise.all((process.argv[2] ?? '').split(',').map(startRole));
const poll = setInterval(() => {
  if (!running.every((role) => role.readiness().ready)) return;
  clearInterval(poll);
  process.send?.('ready');
}, 5);
process.once('SIGTERM', () => {
  void Promise.all(running.map((role) => role.stop())).finally(() => process.exit(0));
});
