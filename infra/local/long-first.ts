import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Files whose length does not show how long they take. vitest orders a fresh checkout's files by size, and one of these
 * begun last would run alone at the end.
 */
const long = [
  /\/hostile-requests\.int\.test\.ts$/,
  /\/bad-input-http\.int\.test\.ts$/,
  /\/real-orders\.e2e\.test\.ts$/,
];

const isLong = ({ moduleId }: TestSpecification): boolean => long.some((file) => file.test(moduleId));

/** vitest's own order of files, with these before all others of their project. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
