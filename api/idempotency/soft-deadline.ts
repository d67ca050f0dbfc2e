/** Thrown where an answer did not come within its turns. */
export class TooSlow extends Error {}

const turnMs = 10;

/**
 * What the promise gives, or TooSlow after about `ms`. Time is counted in turns of the event loop: a loop that was
 * itself held up for long does not take a prompt answer, already in its socket, for a late one.
 */
export function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout;
  const tooSlow = new Promise<never>((_, reject) => {
    const turn = (left: number): void => {
      if (left <= 0) reject(new TooSlow(`no answer within ${ms} ms`));
      else timer = setTimeout(turn, turnMs, left - 1);
    };
    turn(Math.ceil(ms / turnMs));
  });
  return Promise.race([promise, tooSlow]).finally(() => clearTimeout(timer));
}
