import { consumerGroups } from '../../schemas/consumer-groups.ts';

/** A process of ours: `instances` of `main`, each in a slot of its own (`stock-1`, `stock-2`). */
export interface Role {
  readonly role: string;
  /** From the repository's root. */
  readonly main: string;
  readonly instances: number;
}

/** Every role of the local stack, in the order they are shown. All start at once: each waits for what it needs. */
export const roles: readonly Role[] = [
  { role: 'psp', main: 'infra/psp/simulator/main.ts', instances: 1 },
  { role: 'catalogue', main: 'processors/catalogue/main.ts', instances: 1 },
  { role: 'stock', main: 'processors/stock/main.ts', instances: 1 },
  { role: 'orders', main: 'processors/orders/main.ts', instances: 1 },
  { role: 'payments', main: 'processors/payments/main.ts', instances: 1 },
  { role: 'views', main: 'processors/views/main.ts', instances: 1 },
  { role: 'sink', main: 'sinks/clickhouse/main.ts', instances: 1 },
  { role: 'api', main: 'api/main.ts', instances: 1 },
];

/** Creates topics, schemas, tables and keys; prints `{"keys":{"full","analyst","ops","shop"}}`. */
export const deployMain = 'infra/deploy/main.ts';

/** So many processes of the API are enough for any local load. */
const apiInstancesMax = 16;

/** True where several processes may listen on one port (Node's `reusePort`): then the API runs many times here. */
export const canSharePorts = process.platform === 'linux';

/** How many processes of a role may run on this machine, and why not more. */
export function instancesLimit(
  role: string,
  partitions: number,
): { readonly max: number; readonly why: string } {
  if (Object.hasOwn(consumerGroups, role)) {
    return {
      max: partitions,
      why: `it has ${partitions} partitions, each is one process's, and the count is fixed when the topics are made`,
    };
  }
  if (role !== 'api') return { max: 1, why: 'it keeps its books in one file' };
  return canSharePorts
    ? { max: apiInstancesMax, why: `${apiInstancesMax} are the most` }
    : { max: 1, why: 'on this system only one process may listen on its port' };
}
