import type { Body, CommandEnvelope } from '../../schemas/envelope.ts';
import type { StateFormat } from '../../schemas/state-format.ts';
import type { ProcessorName } from '../../schemas/topic-catalogue.ts';

/**
 * What the runtime needs to know of a domain: plain functions, synchronous, without clock, randomness or I/O
 * (DESIGN §3). `S`, an object, is the state of one aggregate, `C` and `E` are the bodies of its commands and events.
 */
export interface Processor<S, C extends Body, E extends Body> {
  readonly name: ProcessorName;
  /** Version of the reaction table, stamped on each event: `react` is frozen for each version. */
  readonly reactionVersion: number;
  /** The record key a command must have: its aggregate's id. */
  keyOfCommand(command: CommandEnvelope<C>): string;
  keyOfEvent(event: E): string;
  /** Why a readable command makes no sense to this aggregate and is quarantined; null if it does. */
  check(state: S | undefined, command: CommandEnvelope<C>): 'semantic' | 'store-mismatch' | null;
  /** At least one event for every command that is not a known repeat; none for a repeat. */
  decide(state: S | undefined, command: CommandEnvelope<C>, atMs: number): readonly E[];
  /** Owns `state`: it may change it in place and return it. Must read every event ever written. */
  evolve(state: S | undefined, event: E, atMs: number): S | undefined;
  /** Messages of one event, numbered by their position. */
  react(event: E): readonly Message[];
  /** How a state stands in snapshots. */
  readonly format: StateFormat<S>;
  /** Aggregates of a task that stay as objects, those touched last; the others are packed. By default 4,096. */
  readonly looseMax?: number;
  /** When the aggregate next falls due by itself, epoch ms of the log's clock; Infinity if never. */
  dueAtMs?(state: S): number;
  /**
   * What it decides when it has fallen due, at a Tick: at least one event, after which it is due later or never.
   */
  due?(state: S, atMs: number): readonly E[];
  /**
   * The one state of every aggregate that has left for good: where `evolve` returns this very object, the runtime
   * keeps a hash of the id alone, and gives the object again for it. It is never changed.
   */
  readonly archived?: S;
}

/** A command for another processor's inbox. */
export interface Message {
  readonly to: ProcessorName;
  readonly key: string;
  readonly store: string;
  readonly body: Body;
}
