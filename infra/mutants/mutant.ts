import type { ProfileName } from '../../processors/simulation/profiles.ts';

/** One replacement in one source file; `from` stands there exactly once. */
export interface Edit {
  /** From the repository's root. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/** A rule of the protocol undone, as somebody who did not know it would have written the code. */
export interface Mutant {
  readonly name: string;
  /** The rule: its place in reliability.md §1, §6 or DESIGN.md. */
  readonly undoes: string;
  /** Several where a neighbour would hide its absence: then the neighbour is off too. */
  readonly edits: readonly Edit[];
  /** The simulator's profile in which it is hunted; without one each seed draws its own. */
  readonly profile?: ProfileName;
}

/** A rule that the simulator has no means to undo, and the test that holds it. */
export interface HeldElsewhere {
  readonly rule: string;
  readonly why: string;
  readonly test: string;
}
