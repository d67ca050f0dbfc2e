/** Thrown where an answer did not come within its turns. */
export class TooSlow extends Error {}

const turnMs = 10;

interface Waiting {
  readonly lastTurn: number;
  readonly giveUp: () => void;
}

/** All who wait, on one timer: a timer and a race of promises for each cost more than most answers. */
const waiting = new Set<Waiting>();
let turn = 0;
let isTurning = false;

/**
 * What the promise gives, or TooSlow after about `ms`. Time is counted in turns of the event loop: a loop that was
 * itself held up for long does not take a prompt answer, already in its socket, for a late one.
 */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // The turn under way is shorter than a whole one.
    const lastTurn = turn + Math.ceil(ms / turnMs) + (isTurning ? 1 : 0);
    const self = { lastTurn, giveUp: () => reject(new TooSlow(`no answer within ${ms} ms`)) };
    waiting.add(self);
    if (!isTurning) turnLater();
    promise.then(
      (value) => {
        waiting.delete(self);
        resolve(value);
      },
      (error: Error) => {
        waiting.delete(self);
        reject(error);
      },
    );
  });
}

function turnLater(): void {
  isTurning = true;
  setTimeout(() => {
    turn += 1;
    for (const one of waiting) {
      if (one.lastTurn > turn) continue;
      waiting.delete(one);
      one.giveUp();
    }
    if (waiting.size > 0) turnLater();
    else isTurning = false;
  }, turnMs);
}
