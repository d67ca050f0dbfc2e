import type { Log } from '../../clients/log.ts';
import type { BenchProcess } from './engine-process.ts';
import type { BlockEngines } from './block-engines.ts';
import type { KeyedRecord } from './preload.ts';

/** One of the systems that a run compares. */
export interface Arm {
  readonly name: 'millrace' | 'l0' | 'l0+l2';
  /** Brings the engines to where orders can be timed: stock received, sizes known. */
  prepare(block: Block): Promise<void>;
  start(block: Block): readonly BenchProcess[];
  orderRecord(index: number): KeyedRecord;
  /** Orders confirmed so far, and readable. */
  confirmed(block: Block): Promise<number>;
  /** Which order a record of orders.events confirms; null if it does not. */
  confirmedBy(key: string, value: Buffer): number | null;
  /** Throws if any order is not confirmed once, or units sold differ from units ordered. */
  check(block: Block, orders: number): Promise<void>;
}

export interface Block {
  readonly engines: BlockEngines;
  readonly log: Log;
  readonly pacing: { readonly minBytes: number; readonly waitMs: number };
  readonly shape: 'shared' | 'split';
}
