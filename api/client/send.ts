import { isRetried, leavesOpen, type Patience, pauseMs, settlesEarlier } from './retry-policy.ts';
import { limited, type Surroundings } from './surroundings.ts';

/** How the tries of one request ended. `open`: one of them may have taken effect and no later answer says. */
export type Sent =
  | { readonly is: 'answered'; readonly response: Response; readonly open: boolean }
  | { readonly is: 'unanswered'; readonly tried: number; readonly cause: unknown; readonly open: boolean }
  | { readonly is: 'aborted'; readonly open: boolean };

interface Try {
  readonly status: number;
  /** Parsed where it is JSON; only problems are looked into. */
  readonly body: unknown;
  readonly response: Response;
}

/**
 * Sends a request until an answer settles it, the patience ends or its signal is aborted: same method, bytes and headers
 * each time. An answer counts when its last byte is here. Never rejects.
 */
export async function send(request: Request, patience: Patience, around: Surroundings): Promise<Sent> {
  const { method, url, headers, signal } = request;
  const changes = method !== 'GET' && method !== 'HEAD';
  const body = changes ? await request.arrayBuffer() : null;
  const init = { method, headers, body: body?.byteLength ? body : null };
  const endMs = around.nowMs() + patience.patienceMs;
  let open = false;
  for (let tried = 1; ; tried += 1) {
    const got = await tryOnce(url, init, signal, patience.timeoutMs, around).catch((cause: unknown) => ({
      cause,
    }));
    const answered = 'response' in got;
    open =
      changes &&
      (answered ? (open && !settlesEarlier(got.status, got.body)) || leavesOpen(got.status, got.body) : true);
    if (signal.aborted) return { is: 'aborted', open };
    const last: Sent = answered
      ? { is: 'answered', response: got.response, open }
      : { is: 'unanswered', tried, cause: got.cause, open };
    if (answered && !isRetried(got.status, got.body)) return last;
    const retryAfter = answered ? got.response.headers.get('retry-after') : null;
    const pause = pauseMs(tried, retryAfter, patience, around.random());
    if (around.nowMs() + pause >= endMs) return last;
    await around.wait(pause, signal);
    if (signal.aborted) return { is: 'aborted', open };
  }
}

async function tryOnce(
  url: string,
  init: RequestInit,
  signal: AbortSignal,
  timeoutMs: number,
  around: Surroundings,
): Promise<Try> {
  const over = new AbortController();
  return limited(timeoutMs, over, around, async () => {
    const response = await around.fetch(url, { ...init, signal: AbortSignal.any([signal, over.signal]) });
    const bytes = await response.arrayBuffer();
    const { status, headers } = response;
    return {
      status,
      body: status < 400 ? undefined : parsed(bytes),
      response: new Response(bytes.byteLength === 0 ? null : bytes, { status, headers }),
    };
  });
}

function parsed(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // no problem document: the status alone speaks
  }
}
