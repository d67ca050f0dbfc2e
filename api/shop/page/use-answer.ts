import { useEffect, useState } from 'preact/hooks';
import type { Answer, Problem } from '../../client/millrace-client.ts';
import { enterAnew } from './visitor.ts';

/** What is known of one question. */
export interface Known<T> {
  /** The last good answer to this very question; null before it. */
  readonly answer: T | null;
  /** Why the last try brought none. */
  readonly problem: Problem | null;
  /** Asks once more. */
  readonly again: () => void;
}

/** The client has tried for its own time before it tells of a problem. */
const askAgainMs = 5_000;

/**
 * Calls `again` a while after each problem that may pass by itself. For what somebody waits for with his money in it: all
 * questions of all pages would be a load of their own for a server that sheds it.
 */
export function useAgainLater(problem: Problem | null, again: () => void): void {
  useEffect(() => {
    if (!problem?.retryable) return undefined;
    const later = setTimeout(again, askAgainMs);
    return () => clearTimeout(later);
  }, [problem]);
}

/** Asks when `key` changes, and each time `again` is called. What belongs to another key is never shown. */
export function useAnswer<T>(key: string, ask: (signal: AbortSignal) => Promise<Answer<T>>): Known<T> {
  const [tries, setTries] = useState(0);
  const [known, setKnown] = useState<{ key: string; answer: T | null; problem: Problem | null }>();
  useEffect(() => {
    const over = new AbortController();
    void ask(over.signal).then((answer) => {
      if (over.signal.aborted) return;
      if (!answer.ok && answer.status === 401) {
        void enterAnew();
        return;
      }
      setKnown((before) => ({
        key,
        answer: answer.ok ? answer.data : before?.key === key ? before.answer : null,
        problem: answer.ok ? null : answer.problem,
      }));
    });
    return () => over.abort();
  }, [key, tries]);
  const isOfKey = known?.key === key;
  return {
    answer: isOfKey ? known.answer : null,
    problem: isOfKey ? known.problem : null,
    again: () => setTries((n) => n + 1),
  };
}
