import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Clock, pause } from '../clock.ts';

export interface ClockUnderTest {
  readonly clock: Clock;
  close(): Promise<void>;
}

/** What everybody may rely on in a clock (clock.ts); for the machine's and for the simulator's. */
export function clockContract(name: string, open: () => ClockUnderTest): void {
  describe(`${name} as a clock`, () => {
    let subject: ClockUnderTest;
    let clock: Clock;
    beforeAll(() => {
      subject = open();
      clock = subject.clock;
    });
    afterAll(() => subject.close());

    const after = (delayMs: number): Promise<void> =>
      new Promise((resolve) => void clock.setTimer(delayMs, resolve));

    test('fires timers in the order they fall due, each once, never within the call', async () => {
      const fired: string[] = [];
      clock.setTimer(60, () => fired.push('late'));
      clock.setTimer(0, () => fired.push('at once'));
      clock.setTimer(20, () => fired.push('soon'));
      expect(fired).toEqual([]);
      await after(120);
      expect(fired).toEqual(['at once', 'soon', 'late']);
    });

    test('moves on by what a timer waits', async () => {
      const before = clock.nowMs();
      await after(50);
      expect(clock.nowMs() - before).toBeGreaterThanOrEqual(49); // Node may round a timer down
    });

    test('a cancelled timer never fires, and may be cancelled again', async () => {
      let fired = false;
      const timer = clock.setTimer(10, () => (fired = true));
      timer.cancel();
      timer.cancel();
      await after(40);
      expect(fired).toBe(false);
    });

    test('a pause ends by itself, at an abort, and at once when that has been', async () => {
      const ending = new AbortController();
      await pause(clock, 5, ending.signal);
      const long = pause(clock, 3_600_000, ending.signal);
      ending.abort();
      await long;
      await pause(clock, 3_600_000, ending.signal);
    });
  });
}
