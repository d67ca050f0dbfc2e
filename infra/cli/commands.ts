import type { Command } from 'commander';
import * as access from './commands/access.ts';
import * as catalogue from './commands/catalogue.ts';
import * as chaos from './commands/chaos.ts';
import * as config from './commands/config.ts';
import * as customers from './commands/customers.ts';
import * as demo from './commands/demo.ts';
import * as deploy from './commands/deploy.ts';
import * as dlq from './commands/dlq.ts';
import * as doctor from './commands/doctor.ts';
import * as down from './commands/down.ts';
import * as groups from './commands/groups.ts';
import * as keys from './commands/keys.ts';
import * as logs from './commands/logs.ts';
import * as payments from './commands/payments.ts';
import * as migrate from './commands/migrate.ts';
import * as orders from './commands/orders.ts';
import * as reconcile from './commands/reconcile.ts';
import * as replay from './commands/replay.ts';
import * as reports from './commands/reports.ts';
import * as sales from './commands/sales.ts';
import * as sink from './commands/sink.ts';
import * as sql from './commands/sql.ts';
import * as start from './commands/start.ts';
import * as status from './commands/status.ts';
import * as stock from './commands/stock.ts';
import * as up from './commands/up.ts';
import * as verify from './commands/verify.ts';
import * as views from './commands/views.ts';

export interface CommandModule {
  /** Adds the command to the program. */
  readonly register: (program: Command) => void;
}

/** Every command, in the order `--help` shows them. */
export const commands: readonly CommandModule[] = [
  start,
  up,
  status,
  logs,
  doctor,
  down,
  replay,
  orders,
  payments,
  reconcile,
  catalogue,
  stock,
  customers,
  sales,
  reports,
  sql,
  groups,
  keys,
  access,
  deploy,
  dlq,
  verify,
  views,
  sink,
  migrate,
  chaos,
  demo,
  config,
];
