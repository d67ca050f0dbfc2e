import type { Disposition, TopicCase } from './topic-case.ts';

export async function runSnapshotCase(_of: TopicCase): Promise<Disposition> {
  throw new RangeError('no snapshots yet');
}
