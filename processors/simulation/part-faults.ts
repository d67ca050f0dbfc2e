import { oddReplyNames } from './simulated-provider.ts';

/** What befalls the parts beside the log, and the ways to them; each must be reached (`sometimes.ts`). */
export const partFaultNames = [
  'store request-lost',
  'store answer-lost',
  'store late',
  'store twice',
  'store reset',
  'table request-lost',
  'table answer-lost',
  'table late',
  'table twice',
  'table reset',
  'provider request-lost',
  'provider answer-lost',
  'provider late',
  'provider twice',
  'provider reset',
  'redis emptied',
  'redis went back',
  'redis full',
  'redis read-only',
  'redis away',
  'table away',
  'table insert failed',
  'table insert torn',
  'table tokens forgotten',
  'provider away',
  'provider key in use',
  'provider lost reply',
  'webhook lost',
  'webhook twice',
  'webhook of no order',
  ...oddReplyNames,
] as const;

export type PartFault = (typeof partFaultNames)[number];
