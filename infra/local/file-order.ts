import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** vitest orders a fresh checkout's files by size; these run longer than theirs shows, and begun last would run alone. The longest first. */
const first = [
  /\/hostile-requests\.int\.test\.ts$/,
  /\/bad-input-http\.int\.test\.ts$/,
  /\/chaos\.e2e\.test\.ts$/,
  /\/real-orders\.e2e\.test\.ts$/,
];

const placeOf = ({ moduleId }: TestSpecification): number => {
  const place = first.findIndex((file) => file.test(moduleId));
  return place < 0 ? first.length : place;
};

/** vitest's own order of files, but for the longest. */
export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
