import { setTimeout as wait } from 'node:timers/promises';

const triesMax = 20;
const againAfterMs = 500;

/**
 * `fetch` as a client has it: what an overloaded API turned away is asked again, since nothing was done. The last answer
 * is given back as it is. For tests that run beside others and ask about something else than load.
 */
export async function fetchUnshed(url: string | URL, init: RequestInit = {}): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetch(url, init);
    if (answer.status !== 503 || tries === triesMax) return answer;
    const { type } = (await answer.clone().json()) as { readonly type?: string };
    if (type !== '/problems/overloaded') return answer;
    await wait(againAfterMs);
  }
}
