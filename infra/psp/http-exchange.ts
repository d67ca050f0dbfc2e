import http from 'node:http';
import https from 'node:https';

/** What is known after one HTTP call. Each case says how much of it may have happened at the other side. */
export type Exchange =
  | {
      readonly is: 'reply';
      readonly status: number;
      readonly headers: http.IncomingHttpHeaders;
      readonly bytes: Buffer;
    }
  /** No connection came about, so no byte of the request left: provably nothing happened. */
  | { readonly is: 'not-sent'; readonly code: string }
  | { readonly is: 'lost'; readonly why: 'timeout' | 'reset' | 'too-large' | 'stopped' };

export interface Call {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  readonly agent: http.Agent;
  readonly connectTimeoutMs: number;
  /** From the call to the reply's last byte. */
  readonly timeoutMs: number;
  readonly replyBytesMax: number;
  readonly stop?: AbortSignal;
}

/**
 * One HTTP call, once: no retry, no redirect followed. Never rejects.
 * Made with node:http and not with fetch, because only the socket itself tells whether a connection came about.
 */
export function exchange(call: Call): Promise<Exchange> {
  return new Promise((resolve) => {
    let connected = false;
    let settled = false;
    const timers: NodeJS.Timeout[] = [];
    const request = (call.url.protocol === 'https:' ? https : http).request(call.url, {
      method: call.method,
      headers: { ...call.headers, ...(call.body ? { 'content-length': String(call.body.length) } : {}) },
      agent: call.agent,
    });
    const settle = (result: Exchange): void => {
      if (settled) return;
      settled = true;
      for (const timer of timers) clearTimeout(timer);
      call.stop?.removeEventListener('abort', onStop);
      resolve(result);
      if (result.is !== 'reply') request.destroy();
    };
    const giveUp = (why: 'timeout' | 'reset' | 'too-large' | 'stopped', code: string): void =>
      settle(connected ? { is: 'lost', why } : { is: 'not-sent', code });
    const onStop = (): void => giveUp('stopped', 'stopped');

    request.on('socket', (socket) => {
      const ready = call.url.protocol === 'https:' ? 'secureConnect' : 'connect';
      if (request.reusedSocket || !socket.connecting) connected = true;
      else {
        socket.once(ready, () => (connected = true));
        timers.push(
          setTimeout(() => !connected && giveUp('timeout', 'connect-timeout'), call.connectTimeoutMs),
        );
      }
    });
    request.on('error', (error) => giveUp('reset', 'code' in error ? String(error.code) : 'no-connection'));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > call.replyBytesMax) giveUp('too-large', 'too-large');
        else chunks.push(chunk);
      });
      response.on('end', () =>
        settle({
          is: 'reply',
          status: response.statusCode ?? 0,
          headers: response.headers,
          bytes: Buffer.concat(chunks),
        }),
      );
      response.on('close', () => giveUp('reset', 'reset')); // before its end: half a reply
      response.on('error', () => giveUp('reset', 'reset'));
    });
    timers.push(setTimeout(() => giveUp('timeout', 'timeout'), call.timeoutMs));
    if (call.stop?.aborted) onStop();
    else {
      call.stop?.addEventListener('abort', onStop);
      request.end(call.body);
    }
  });
}
