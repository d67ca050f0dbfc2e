import type { Corruption } from './change-run.ts';
import { finerCorruptions } from './finer.ts';
import { givenCorruptions } from './given.ts';
import { lifeMoneyCorruptions } from './life-money.ts';
import { pieceCorruptions } from './life-pieces.ts';
import { lifeRefusalCorruptions } from './life-refusals.ts';
import { logCorruptions } from './log.ts';
import { messageCorruptions } from './messages.ts';
import { orderCorruptions } from './orders-and-stock.ts';
import { pathCorruptions } from './paths-and-money.ts';
import { privilegedCorruptions } from './privileged.ts';
import { refusalCorruptions } from './refusals.ts';
import { restCorruptions } from './rest-and-stores.ts';
import { viewCorruptions } from './views-and-tables.ts';

/** Every corruption of the self-test: one thing wrong with a recorded run, and the rule that must see it. */
export const corruptions: readonly Corruption[] = [
  ...logCorruptions,
  ...orderCorruptions,
  ...pathCorruptions,
  ...messageCorruptions,
  ...refusalCorruptions,
  ...restCorruptions,
  ...viewCorruptions,
  ...givenCorruptions,
  ...finerCorruptions,
  ...pieceCorruptions,
  ...lifeMoneyCorruptions,
  ...lifeRefusalCorruptions,
  ...privilegedCorruptions,
];
