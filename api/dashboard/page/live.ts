import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem, type ProblemBody } from './api.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { leave, status } from './session.ts';

/** What is known of something that is asked for again and again. */
export interface Live<T> {
  /** The last good answer; null before the first one. */
  readonly answer: T | null;
  /** Why the last question had no good answer; null when it had. */
  readonly problem: ProblemBody | null;
  /** Age of the answer when the last question ended, seconds. */
  readonly ageS: number;
  /** Asks at once; while a question is under way, once more after it. */
  readonly again: () => void;
}

/** A question that had no answer is asked again soon, however slowly its figures change. */
const afterFaultMs = 5_000;

interface Known<T> {
  readonly key: string;
  readonly answer: T | null;
  readonly problem: ProblemBody | null;
  readonly ageS: number;
}

/**
 * Asks, and again `everyMs` after each answer; not while the page is hidden, at once when it is seen again. Another `key`
 * is another question: nothing of the old one is shown under it. A session that has ended leads to the sign-in.
 */
export function useLive<T>(key: string, ask: () => Promise<T>, everyMs: number): Live<T> {
  const [known, setKnown] = useState<Known<T>>({ key, answer: null, problem: null, ageS: 0 });
  const asking = useRef(ask);
  asking.current = ask;
  const now = useRef<() => void>(() => undefined);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let hasEnded = false;
    const isOver = (): boolean => hasEnded; // asked again after each wait
    let answeredAtMs = Date.now();
    const again = oneAtATime(async () => {
      clearTimeout(timer);
      if (isOver() || document.hidden) return;
      let failed = false;
      try {
        const answer = await asking.current();
        if (isOver()) return;
        answeredAtMs = Date.now();
        setKnown({ key, answer, problem: null, ageS: 0 });
        if (status.value.isBad) status.value = { text: '', isBad: false };
      } catch (error) {
        if (isOver()) return;
        if (!(error instanceof ApiProblem)) throw error;
        if (error.status === 401) {
          hasEnded = true;
          return leave('Your session has ended. Sign in again.');
        }
        failed = true;
        const { problem } = error;
        const ageS = (Date.now() - answeredAtMs) / 1000;
        setKnown((before) => ({ key, answer: before.key === key ? before.answer : null, problem, ageS }));
        status.value = { text: `${problem.title}. Trying again.`, isBad: true };
      }
      timer = setTimeout(() => void again(), failed ? Math.min(everyMs, afterFaultMs) : everyMs);
    });
    const onVisibility = (): void => (document.hidden ? clearTimeout(timer) : void again());
    now.current = () => void again();
    document.addEventListener('visibilitychange', onVisibility);
    void again();
    return () => {
      hasEnded = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisibility);
    };
  }, [key, everyMs]);

  const isOfKey = known.key === key;
  return {
    answer: isOfKey ? known.answer : null,
    problem: isOfKey ? known.problem : null,
    ageS: isOfKey ? known.ageS : 0,
    again: () => now.current(),
  };
}
