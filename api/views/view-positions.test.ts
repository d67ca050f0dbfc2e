import { expect, test } from 'vitest';
import { ViewPositions } from './view-positions.ts';

const far = { partition: 0, offset: 10 };

test('who waits for a view that is behind waits no longer once the process leaves', async () => {
  const leaving = new AbortController();
  const positions = new ViewPositions(async () => ['3', '0'], leaving.signal);
  const waits = positions.reach(far, 600_000);
  leaving.abort();
  await expect(waits).rejects.toThrow('view-behind');
  await expect(positions.reach({ partition: 0, offset: 3 }, 600_000)).resolves.toBeUndefined();
});
