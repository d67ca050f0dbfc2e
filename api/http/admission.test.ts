import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Admission } from './admission.ts';

/** Holds the loop, as a machine does that gives the process no core. */
function hold(ms: number): void {
  for (const endMs = performance.now() + ms; performance.now() < endMs; );
}

test('a process that was held twice for a while refuses nobody for that', async () => {
  const admission = new Admission(10);
  hold(400);
  await delay(1); // the loop is looked at once
  hold(400);
  expect(() => admission.enter()()).not.toThrow();
  expect(admission.inFlight).toBe(0);
  admission.close();
});
