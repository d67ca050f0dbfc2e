/** Compares rows by the columns of a sorting key. Key texts are ASCII, so code units are ClickHouse's bytes. */
export function compareBy(columns: readonly string[]): (a: object, b: object) => number {
  return (a, b) => {
    for (const column of columns) {
      const x = (a as Record<string, unknown>)[column] as string | number;
      const y = (b as Record<string, unknown>)[column] as string | number;
      if (x === y) continue;
      return x < y ? -1 : 1;
    }
    return 0;
  };
}
