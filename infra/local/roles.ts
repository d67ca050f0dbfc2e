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

/** Creates topics, schemas, tables and keys; prints `{"keys":{"full","analyst","ops"}}`. */
export const deployMain = 'infra/deploy/main.ts';
