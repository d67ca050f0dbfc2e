import { setTimeout as wait } from 'node:timers/promises';

const triesMax = 20;
const againAfterMs = 500;

/**
 * `fetch` as a client has it: what an overloaded API turned away is asked again, since nothing was done. The last answer
 * is given back as it is. For tests that ask about something else than load: one that wants to be turned away uses `fetch`.
 */
export async function fetchUnshed(url: string | URL, init: RequestInit = {}): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(url, init);
    if (answer.status !== 503 || tries === triesMax) return answer;
    if (!(await answer.clone().text()).includes('"/problems/overloaded"')) return answer;
    await wait(againAfterMs);
  }
}
