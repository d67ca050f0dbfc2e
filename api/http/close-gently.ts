import { once } from 'node:events';
import type { Server } from 'node:http';
import net from 'node:net';
import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const lookEveryMs = 20;

/**
 * Closes a server whose answers say `Connection: close`, and cuts nobody who was let in. Resolves when its last
 * connection is gone: each ends behind its next answer, or when its client or the keep-alive time ends it. One on
 * which nothing comes is ended after `idleMs`, and `onImpatient` may then hurry those who still wait. `beside`: what
 * listens for the server beside its own socket (`listenWide`).
 *
 * Node's own `close` ends idle connections at once, a request that is on its way to one is lost with it (RFC 9112
 * §9.5); nginx has `keepalive_min_timeout` for the same reason.
 */
export async function closeGently(
  server: Server,
  idleMs: number,
  onImpatient: () => void,
  beside: readonly net.Server[] = [],
): Promise<void> {
  await untilNobodyKnocks(server);
  const all = [server, ...beside];
  const closed = Promise.all(all.map((one) => once(one, 'close')));
  for (const one of all) net.Server.prototype.close.call(one);
  const impatient = setTimeout(() => {
    onImpatient();
    server.closeIdleConnections();
  }, idleMs);
  await closed;
  clearTimeout(impatient);
  server.close(); // ends the timer that looks for slow requests
}

/** Resolves when no connection is open, after `withinMs` at the latest. */
export async function untilAllHaveLeft(servers: readonly net.Server[], withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs;
  const looks = servers.map((server) => promisify(server.getConnections.bind(server)));
  const isEmpty = async (): Promise<boolean> =>
    (await Promise.all(looks.map((look) => look()))).every((connections) => connections === 0);
  while (!(await isEmpty()) && performance.now() < endMs) await delay(lookEveryMs);
}

/** The kernel was asked for newcomers so short a time ago, µs, that hardly one has come since. */
const momentUs = 250;
/** A loop that is never so quick closes after so long all the same, ms. */
const patienceMs = 1_000;

/**
 * What waits in the queue of a listening socket is reset when that closes, also where others listen on its port, and so
 * is a handshake that is half done, which no program can see. So it is closed right behind a look that found nobody:
 * with other work between, the queue fills unseen. The rest is the kernel's (infra/local/port-handover.ts).
 */
async function untilNobodyKnocks(server: Server): Promise<void> {
  let hasKnocked = false;
  const onConnection = (): void => {
    hasKnocked = true;
  };
  server.on('connection', onConnection);
  const endMs = performance.now() + patienceMs;
  for (;;) {
    hasKnocked = false;
    const fromMs = performance.now();
    await turn(); // may end the turn that runs already, behind its look
    await turn();
    const nowMs = performance.now();
    if (!hasKnocked && ((nowMs - fromMs) * 1_000 < momentUs || nowMs > endMs)) break;
  }
  server.off('connection', onConnection);
}
