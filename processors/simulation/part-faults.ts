import type { Part } from './link.ts';
import type { ProviderFaultName } from './simulated-provider.ts';
import type { RequestFault } from './sometimes.ts';

/** What befalls the parts beside the log, and the ways to them. */
export type PartFault =
  | `${Exclude<Part, 'log'>} ${RequestFault}`
  | 'table insert failed'
  | 'table insert torn'
  | ProviderFaultName;
