import { createStockDomain } from '../../../processors/stock/stock-domain.ts';
import type { Stock, StockCommand } from '../../../processors/stock/stock.ts';
import type { Command } from '../../../schemas/generated/stock-commands.ts';
import { rememberedMs } from '../../../schemas/recent-ids.ts';
import { seededRandom } from '../../clients/seeded-random.ts';
import { measuredCommit } from '../measured-commit.ts';
import { geometricMean, type PairedRatio, pairedRatio } from '../paired-ratio.ts';
import { holdCommand, type HoldStep, soldOut, stockedSkus, withOpenHolds } from './hold-workload.ts';

export interface HoldDecisionOptions {
  /** Open holds while the clock runs: all of them on the one SKU, or spread over `skus`. */
  readonly holds: number;
  readonly skus: number;
  /** Decisions of a block. */
  readonly decisions: number;
  /** Rounds of one block an arm, in ABBA order; one round before them warms up. */
  readonly pairs: number;
  readonly seed: number;
  /** One JSON object a block, and the summary last (performance.md §4). */
  readonly report: (row: Readonly<Record<string, unknown>>) => void;
}

const domain = createStockDomain();

/** One arm: the state it works on, and what is decided for each hold. */
interface Arm {
  readonly state: Map<string, Stock>;
  readonly skus: readonly string[];
  readonly steps: readonly HoldStep[];
}

/**
 * CPU of stock's pure core (decide, evolve, react) for a hold: on one SKU with all open holds, on uniform keys with as
 * many, and on one SKU that is sold out; and of a whole sale of the one SKU (G6, performance.md §1).
 */
export function runHoldDecision(options: HoldDecisionOptions): void {
  const { holds, skus, decisions, pairs, seed, report } = options;
  const one = stockedSkus(1);
  const many = stockedSkus(skus);
  const arms: Readonly<Record<string, Arm>> = {
    'one SKU': { state: withOpenHolds(domain, one, holds), skus: one, steps: ['place'] },
    'uniform keys': { state: withOpenHolds(domain, many, holds), skus: many, steps: ['place'] },
    'sold out': { state: soldOut(domain, one, holds), skus: one, steps: ['place'] },
    'sale of one SKU': {
      state: withOpenHolds(domain, one, holds),
      skus: one,
      steps: ['place', 'commit', 'ship'],
    },
  };
  const names = Object.keys(arms);
  const cpuUs = new Map<string, number[]>(names.map((name) => [name, []]));
  const head = { bench: 'hold-decision', seed, commit: measuredCommit() };
  for (let round = 0; round <= pairs; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const arm = arms[name];
      if (!arm) continue;
      const us = measureBlock(arm, decisions, round);
      if (round === 0) continue;
      cpuUs.get(name)?.push(us);
      report({ ...head, block: round, arm: name, holds, cpuUsPerHold: us });
    }
  }
  const of = (name: string): readonly number[] => cpuUs.get(name) ?? [];
  // a ratio of CPU turned round is one of throughput
  const ratio = (a: string, b: string): PairedRatio => pairedRatio(of(a), of(b), seededRandom(seed));
  report({
    ...head,
    block: 'summary',
    holds,
    skus,
    pairs,
    cpuUsPerHold: Object.fromEntries(names.map((name) => [name, geometricMean(of(name))])),
    'throughput one SKU / uniform keys': ratio('uniform keys', 'one SKU'),
    'CPU sold out / sale': ratio('sold out', 'sale of one SKU'),
  });
}

/** CPU µs for each hold of a block; what the block placed is taken back after it, off the clock. */
function measureBlock({ state, skus, steps }: Arm, decisions: number, round: number): number {
  const atMs = 1_700_000_000_000 + round * 2 * rememberedMs;
  const commands: Command<StockCommand>[][] = Array.from({ length: decisions }, (_, i) => {
    const sku = skus[i % skus.length] ?? '';
    return steps.map((step) => holdCommand(step, sku, `${round}-${i}`));
  });
  const started = process.cpuUsage();
  for (const each of commands) for (const command of each) decideOne(state, command, atMs);
  const { user, system } = process.cpuUsage(started);
  if (steps.length === 1) {
    for (const [command] of commands) {
      if (!command || command.body.type !== 'PlaceHold') continue;
      if (state.get(domain.keyOfCommand(command))?.open.has(command.body.holdId)) {
        decideOne(state, holdCommand('release', command.body.sku, command.body.customerId), atMs);
      }
    }
  }
  return (user + system) / decisions;
}

function decideOne(state: Map<string, Stock>, command: Command<StockCommand>, atMs: number): void {
  const key = domain.keyOfCommand(command);
  let stock = state.get(key);
  for (const event of domain.decide(stock, command, atMs)) {
    stock = domain.evolve(stock, event, atMs);
    domain.react(event);
  }
  if (stock) state.set(key, stock);
}
