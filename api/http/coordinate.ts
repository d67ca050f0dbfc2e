/** A place in an inbox, `<partition>:<offset>`: what a 202 gives and a read may wait for. */
export interface Coordinate {
  readonly partition: number;
  readonly offset: number;
}

export const formatCoordinate = ({ partition, offset }: Coordinate): string => `${partition}:${offset}`;

/** The coordinate in a text, or null if it is none or its partition does not exist. */
export function parseCoordinate(text: string, partitions: number): Coordinate | null {
  const [, partition, offset] = /^(\d{1,5}):(\d{1,16})$/.exec(text) ?? [];
  if (partition === undefined || offset === undefined) return null;
  const coordinate = { partition: Number(partition), offset: Number(offset) };
  return coordinate.partition < partitions && Number.isSafeInteger(coordinate.offset) ? coordinate : null;
}
