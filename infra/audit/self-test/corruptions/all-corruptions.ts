import type { Corruption } from './change-run.ts';
import { causeCorruptions } from './causes.ts';
import { givenCorruptions } from './given.ts';
import { logCorruptions } from './log.ts';
import { orderCorruptions } from './orders-and-stock.ts';
import { pathCorruptions } from './paths-and-money.ts';
import { viewCorruptions } from './views-and-tables.ts';

/** Every corruption of the self-test: one thing wrong with a recorded run, and the rule that must see it. */
export const corruptions: readonly Corruption[] = [
  ...logCorruptions,
  ...orderCorruptions,
  ...pathCorruptions,
  ...causeCorruptions,
  ...viewCorruptions,
  ...givenCorruptions,
];
