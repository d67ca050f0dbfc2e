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

/** A rule whose absence the simulator cannot see: it is undone in front of the test that holds it, which must fail. */
export interface TestedMutant extends Omit<Mutant, 'profile'> {
  /** Why the simulator does not see it. */
  readonly why: string;
  /** The test that must fail: its file, from the repository's root, and its name, or the beginning of it. */
  readonly test: { readonly file: string; readonly name: string };
}
