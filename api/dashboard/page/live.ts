import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, ask, type ProblemBody } from './api.ts';
import { reconnect, type Told, watch } from './live-stream.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { leave, status } from './session.ts';

/** What is known of a resource that is watched. */
export interface Live<T> {
  /** The last good answer; null before the first one. */
  readonly answer: T | null;
  /** Why there is no good answer now; null where there is. */
  readonly problem: ProblemBody | null;
  /** Since the answer was last the newest there is, seconds; 0 while it is. */
  readonly ageS: number;
  /** Asks at once; while a question is under way, once more after it. */
  readonly again: () => void;
}

interface Known<T> {
  readonly key: string;
  readonly answer: T | null;
  readonly problem: ProblemBody | null;
  readonly ageS: number;
}

/**
 * The resource of a path as it changes, over the page's one stream. Another `key` is another question: nothing of the old one
 * is shown under it; a path that only moves on, as a range up to now does, keeps its key.
 */
export function useLive<T>(path: string, key = path): Live<T> {
  const [known, setKnown] = useState<Known<T>>({ key, answer: null, problem: null, ageS: 0 });
  const now = useRef<() => void>(() => undefined);

  useEffect(() => {
    let hasEnded = false;
    const take = ({ answer, problem, ageS }: Told): void => {
      if (hasEnded) return;
      setKnown((before) => {
        const shown =
          answer === undefined && before.key === key ? before.answer : ((answer ?? null) as T | null);
        return { key, answer: shown, problem, ageS };
      });
      if (problem !== null) status.value = { text: `${problem.title}. Trying again.`, isBad: true };
      else if (answer !== undefined && status.value.isBad) status.value = { text: '', isBad: false };
    };
    const again = oneAtATime(async () => {
      if (hasEnded || document.hidden) return;
      reconnect();
      try {
        take({ answer: await ask(path), problem: null, ageS: 0 });
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error;
        if (error.status === 401) return leave('Your session has ended. Sign in again.');
        take({ problem: error.problem, ageS: 0 });
      }
    });
    now.current = () => void again();
    const unwatch = watch(path, take);
    return () => {
      hasEnded = true;
      unwatch();
    };
  }, [path, key]);

  const isOfKey = known.key === key;
  return {
    answer: isOfKey ? known.answer : null,
    problem: isOfKey ? known.problem : null,
    ageS: isOfKey ? known.ageS : 0,
    again: () => now.current(),
  };
}
