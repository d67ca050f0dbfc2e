import { OrderAccounts } from './order-accounts.ts';
import { OrderLines } from './order-lines.ts';
import type { Rule } from './rule.ts';
import { createI01 } from './rules/i-01.ts';
import { createI02 } from './rules/i-02.ts';
import { createI03 } from './rules/i-03.ts';
import { createI04 } from './rules/i-04.ts';
import { createI05 } from './rules/i-05.ts';
import { createI06 } from './rules/i-06.ts';
import { createI07 } from './rules/i-07.ts';
import { createI08 } from './rules/i-08.ts';
import { createI09 } from './rules/i-09.ts';
import { createI10 } from './rules/i-10.ts';
import { createI11 } from './rules/i-11.ts';
import { createI12 } from './rules/i-12.ts';
import { createI13 } from './rules/i-13.ts';
import { createI14 } from './rules/i-14.ts';
import { createI15 } from './rules/i-15.ts';
import { createI16 } from './rules/i-16.ts';
import { createI17 } from './rules/i-17.ts';
import { createI18 } from './rules/i-18.ts';
import { createI19 } from './rules/i-19.ts';
import { createI20 } from './rules/i-20.ts';
import { createI21 } from './rules/i-21.ts';
import { createI22 } from './rules/i-22.ts';
import { createI23 } from './rules/i-23.ts';
import { createI24 } from './rules/i-24.ts';
import { StockLevels } from './stock-levels.ts';
import { Walks } from './walks.ts';

/**
 * A fresh set of every rule, in the order they are fed and reported: I-04, I-06, I-08 and I-10 fold what the rules
 * after them look at, I-24 counts those before it. A rule is good for one audit.
 */
export function createRules(partitions: number): readonly Rule[] {
  const walks = new Walks();
  const stock = new StockLevels();
  const lines = new OrderLines();
  const accounts = new OrderAccounts();
  return [
    createI01(),
    createI02(partitions),
    createI03(),
    createI04(walks),
    createI05(walks),
    createI06(stock),
    createI07(walks),
    createI08(lines),
    createI09(walks),
    createI10(accounts),
    createI11(),
    createI12(walks),
    createI13(partitions),
    createI14(),
    createI15(),
    createI16(),
    createI17(),
    createI18({ walks, stock, lines, accounts }, partitions),
    createI19(),
    createI20(),
    createI21(),
    createI22(),
    createI23(),
    createI24(walks),
  ];
}
