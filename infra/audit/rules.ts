import type { Rule } from './rule.ts';
import { createI01 } from './rules/i-01.ts';
import { createI02 } from './rules/i-02.ts';
import { createI03 } from './rules/i-03.ts';
import { createI05 } from './rules/i-05.ts';
import { createI06 } from './rules/i-06.ts';
import { createI07 } from './rules/i-07.ts';
import { createI08 } from './rules/i-08.ts';
import { createI10 } from './rules/i-10.ts';
import { createI14 } from './rules/i-14.ts';
import { createI16 } from './rules/i-16.ts';

/** A fresh set of every rule, in the order they are reported. A rule is good for one audit. */
export const createRules = (partitions: number): readonly Rule[] => [
  createI01(),
  createI02(partitions),
  createI03(),
  createI05(),
  createI06(),
  createI07(),
  createI08(),
  createI10(),
  createI14(),
  createI16(),
];
