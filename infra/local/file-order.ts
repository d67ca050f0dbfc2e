import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** vitest orders a fresh checkout's files by size; these run longer than theirs shows, and begun last would run alone. */
const first = [
  /\/bad-input-http\.int\.test\.ts$/,
  /\/hostile-requests\.int\.test\.ts$/,
  /\/real-orders\.e2e\.test\.ts$/,
];

const placeOf = ({ moduleId }: TestSpecification): number =>
  first.some((file) => file.test(moduleId)) ? 0 : 1;

/** vitest's own order of files, but for the longest. */
export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
