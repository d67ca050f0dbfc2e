import { expect, test } from 'vitest';
import { type QueueLane, RequestQueue } from './request-queue.ts';

/** A queue on a clock of its own; `turn` is one turn of the loop, and each request takes so many ms. */
function onClock() {
  let nowMs = 1_000;
  let scheduled: (() => void) | null = null;
  const begun: string[] = [];
  const queue = new RequestQueue({
    nowMs: () => nowMs,
    afterReads: (run) => {
      if (scheduled) throw new Error('scheduled twice');
      scheduled = run;
    },
  });
  return {
    queue,
    pass: (ms: number): void => void (nowMs += ms),
    push: (lane: QueueLane, names: string, costMs: number): void => {
      for (const name of names)
        queue.push(lane, () => {
          begun.push(name);
          nowMs += costMs;
        });
    },
    /** What is begun in the next turn. */
    turn: (): string => {
      const run = scheduled;
      scheduled = null;
      run?.();
      return begun.splice(0).join('');
    },
    isIdle: (): boolean => scheduled === null,
  };
}

test('a turn begins two milliseconds of requests, at least one, in their order', () => {
  const { push, turn, isIdle } = onClock();
  push('first', 'abcdef', 0.5);
  expect(turn()).toBe('abcd');
  push('first', 'g', 50);
  push('first', 'h', 50);
  expect([turn(), turn(), turn()]).toEqual(['efg', 'h', '']);
  expect(isIdle()).toBe(true);
});

test('while connections come, thirty-two turns only accept between those that begin requests', () => {
  const { queue, push, turn } = onClock();
  push('first', 'abcdef', 2);
  const accepting = (): string => {
    queue.accepted();
    return turn() || '-';
  };
  expect(Array.from({ length: 67 }, accepting).join('')).toBe(`a${'-'.repeat(32)}b${'-'.repeat(32)}c`);
  expect([turn(), turn()]).toEqual(['d', 'e']); // none came any more
});

test('accepting has an end in time as well: turns with a TLS handshake are long', () => {
  const { queue, push, turn, pass } = onClock();
  push('first', 'abc', 2);
  const handshake = (): string => {
    queue.accepted();
    pass(2.5);
    return turn() || '-';
  };
  expect(Array.from({ length: 18 }, handshake).join('')).toBe(`a${'-'.repeat(7)}b${'-'.repeat(7)}c-`);
});

test('who shows no credential gets one request a turn, and all of it when nobody else waits', () => {
  const { push, turn, isIdle } = onClock();
  push('behind', 'uvwxyz', 0.5);
  push('first', 'abcdef', 0.5);
  expect([turn(), turn(), turn(), turn()]).toEqual(['aubc', 'dvef', 'wxyz', '']);
  expect(isIdle()).toBe(true);
});

test('a queue stands when its oldest is late and it has not been empty for long; a burst does not make it so', () => {
  const { queue, push, pass, turn } = onClock();
  expect(queue.isStanding).toBe(false);
  push('first', 'abcdefgh', 70);
  const stood: boolean[] = [];
  for (let i = 0; i < 6; i += 1) {
    turn();
    stood.push(queue.isStanding);
  }
  expect(stood).toEqual([false, false, false, false, true, true]); // 70, 140 … ms since it was empty
  push('first', 'i', 1);
  turn();
  turn();
  expect(queue.isStanding).toBe(true);
  turn();
  expect(queue.isStanding).toBe(false);
  pass(500);
  push('first', 'klmno', 60);
  pass(200); // late, but the queue was empty just now
  expect(queue.isStanding).toBe(false);
  turn();
  turn();
  turn();
  expect(queue.isStanding).toBe(true);
});

test('a process that got no core for a while refuses nobody for that; one that is as slow turn after turn does', () => {
  const { queue, push, pass, turn } = onClock();
  push('first', 'ab', 1);
  pass(2_000);
  expect(queue.isStanding).toBe(false);
  expect(turn()).toBe('ab');
  push('first', 'cdefg', 400);
  const stood: boolean[] = [];
  for (let i = 0; i < 5; i += 1) {
    turn();
    stood.push(queue.isStanding);
  }
  expect(stood).toEqual([false, false, true, true, false]);
});

test('the oldest of a standing queue came a moment ago: it keeps up, nobody is refused', () => {
  const { queue, push, turn } = onClock();
  push('first', 'a', 5);
  for (let i = 0; i < 100; i += 1) {
    push('first', 'b', 5);
    turn();
    expect(queue.isStanding).toBe(false);
  }
});

test('those who come behind refuse nobody, however long they wait', () => {
  const { queue, push, pass } = onClock();
  push('behind', 'uvwxyz', 1);
  pass(5_000);
  expect(queue.isStanding).toBe(false);
});

test('refusals have a quarter of the time since the last ones, two to twenty milliseconds, beside those who are served', () => {
  const { push, pass, turn, isIdle } = onClock();
  push('refused', 'u'.repeat(60), 0.5);
  expect(turn()).toBe('u'.repeat(40)); // the last were long ago: 20 ms
  expect(turn()).toBe('u'.repeat(4)); // a moment ago: 2 ms
  push('first', 'abcd', 1);
  pass(14);
  expect(turn()).toBe(`ab${'u'.repeat(8)}`); // 14 and 2 ms ago: 4 ms
  expect([turn(), turn(), turn()]).toEqual(['cduuuu', 'uuuu', '']);
  expect(isIdle()).toBe(true);
});

test('who is refused is told in turns that only accept, too; who was too slow is turned away in the others', () => {
  const { queue, push, turn } = onClock();
  push('first', 'a', 1);
  push('late', 'vw', 2);
  const accepting = (): string => {
    queue.accepted();
    return turn() || '-';
  };
  expect([accepting(), accepting()]).toEqual(['av', '-']);
  push('refused', 'uu', 2);
  expect(Array.from({ length: 32 }, accepting).join('')).toBe(`uu${'-'.repeat(29)}w`);
});
