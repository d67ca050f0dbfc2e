import { signal } from '@preact/signals';
import { ApiProblem, ask, type Session } from './api.ts';
import { learnExponents } from './format.ts';
import { offeredKey } from './offered-key.ts';

/** Says that a cookie may be there: it cannot be seen from here. */
const hint = 'millrace.signed-in';

/** Between two questions whether the cookie stands. */
const againMs = 5_000;

/** Who is in: undefined while nobody knows yet, null when nobody is. */
export const session = signal<Session | null | undefined>(undefined);

/** Why the reader has to sign in again, in words. */
export const sessionFault = signal('');

/** What a screen reader is told, and the line under the bar shows. */
export const status = signal({ text: '', isBad: false });

export function enter(who: Session): void {
  localStorage.setItem(hint, '1');
  learnExponents(who.exponents);
  offeredKey.value = ''; // it is not kept for a form that may never be shown
  sessionFault.value = '';
  status.value = { text: '', isBad: false };
  session.value = who;
}

export function leave(fault = ''): void {
  localStorage.removeItem(hint);
  sessionFault.value = fault;
  status.value = { text: '', isBad: false };
  session.value = null;
}

/** A server that says 503 is asked so often at most, so long after each answer, ms. */
const signInTriesMax = 10;
const signInAgainMs = 1_000;

/** Trades a key for the cookie; a server that says "not now" is asked again, of which `onAgain` is told. Throws ApiProblem. */
export async function signIn(key: string, onAgain: (problem: ApiProblem) => void): Promise<void> {
  const headers = { Authorization: `Bearer ${key}` };
  for (let tries = 1; ; tries += 1) {
    try {
      return enter(await ask<Session>('/v1/session', { method: 'POST', headers }));
    } catch (error) {
      const isNotNow = error instanceof ApiProblem && error.status === 503;
      if (!isNotNow || tries === signInTriesMax) throw error;
      onAgain(error);
      await new Promise((resolve) => setTimeout(resolve, signInAgainMs));
    }
  }
}

/** The cookie is taken back; where nobody answers, this page forgets it all the same. */
export async function signOut(): Promise<void> {
  try {
    await ask('/v1/session/end', { method: 'POST' });
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
  }
  leave();
}

/**
 * Finds out whether a cookie from before still stands for somebody. Only a refusal says that it does not; whatever else
 * goes wrong says nothing of it, and the question is asked again.
 */
export async function comeBack(): Promise<void> {
  if (localStorage.getItem(hint) === null) return leave();
  try {
    enter(await ask<Session>('/v1/session'));
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 401) return leave();
    if (error.status === 403) return leave(`${error.problem.title}. ${error.problem.detail ?? ''}`);
    status.value = { text: `${error.problem.title}. Trying again.`, isBad: true };
    setTimeout(() => void comeBack(), againMs);
  }
}
