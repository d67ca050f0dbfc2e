import { domainMutants } from './domain-mutants.ts';
import { foldMutants } from './fold-mutants.ts';
import type { Mutant } from './mutant.ts';
import { protocolMutants } from './protocol-mutants.ts';
import { releaseAndDiskMutants } from './release-mutants.ts';
import { deadlineMutants, timeMutants } from './time-mutants.ts';

/** Every rule undone for the simulator to find out, a file a family, in the order of docs/mutants.md. */
export const mutants: readonly Mutant[] = [
  ...protocolMutants,
  ...timeMutants,
  ...domainMutants,
  ...foldMutants,
  ...deadlineMutants,
  ...releaseAndDiskMutants,
];
