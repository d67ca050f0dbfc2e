import type { Logger } from 'pino';
import type { RequestLine } from './create-app.ts';

/** How often it is told how many requests were shed. */
const shedEveryMs = 1_000;

/**
 * One line a finished request, from an allow-list of fields; only refusals and faults are told at `info` and above. What
 * is shed is told once a second with its count: a line for each would cost the process more than to shed it.
 */
export function createRequestLog(logger: Logger): (line: RequestLine) => void {
  let shed = 0;
  const tellShed = (): void => {
    logger.warn({ requests: shed }, 'requests were shed: the process is overloaded');
    shed = 0;
  };
  return ({ fault, ...line }) => {
    const durationMs = Math.round(line.durationMs * 10) / 10;
    const told = { ...line, durationMs };
    if (line.problem === 'overloaded') {
      if (shed === 0) setTimeout(tellShed, shedEveryMs).unref();
      shed += 1;
      logger.debug(told, 'request shed');
    } else if (line.status >= 500)
      logger.warn({ ...told, fault: describeFault(fault, line.problem) }, 'request failed');
    else if (line.status >= 400) logger.info(told, 'request refused');
    else logger.debug(told, 'request');
  };
}

/** An engine's error by its message; a bug of ours by where it happened, since its message may quote the input. */
function describeFault(fault: unknown, problem: string | null): string | null {
  if (!(fault instanceof Error)) return null;
  if (problem !== 'internal-error') return fault.message;
  const frames = (fault.stack ?? '').split('\n').filter((frame) => /^\s+at /.test(frame));
  return [fault.name, ...frames].join('\n');
}
