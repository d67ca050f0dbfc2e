import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** vitest orders a fresh checkout's files by size; these run longer than theirs shows, and begun last would run alone. */
const first = [/\/bad-input-http\.int\.test\.ts$/, /\/real-orders\.e2e\.test\.ts$/];
/** Leave ten thousands of events in the journals of their engines: a file behind them would wait to have folded these. */
const last = [/\/hostile-requests\.int\.test\.ts$/];

const placeOf = ({ moduleId }: TestSpecification): number => {
  if (first.some((file) => file.test(moduleId))) return -1;
  return last.some((file) => file.test(moduleId)) ? 1 : 0;
};

/** vitest's own order of files, but for those that have their place at one of the ends of their project. */
export class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
