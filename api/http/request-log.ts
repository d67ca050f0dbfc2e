import type { Logger } from 'pino';
import { noAnswer, type RequestLine } from './create-app.ts';

/** How often it is told how many requests were shed, or left. */
const toldEveryMs = 1_000;

/**
 * One line a finished request, from an allow-list of fields; only refusals and faults are told at `info` and above. What
 * is shed, and whose caller left before an answer began, is told once a second with its count: a line for each would cost
 * the process more than to shed it.
 */
export function createRequestLog(logger: Logger): (line: RequestLine) => void {
  const countShed = everySecond((requests) =>
    logger.warn({ requests }, 'requests were shed: the process is overloaded'),
  );
  const countLeft = everySecond((requests) =>
    logger.info({ requests }, 'callers left before their answer began'),
  );
  return ({ fault, ...line }) => {
    const durationMs = Math.round(line.durationMs * 10) / 10;
    const told = { ...line, durationMs };
    if (line.problem === 'overloaded') {
      countShed();
      logger.debug(told, 'request shed');
    } else if (line.status === noAnswer) {
      countLeft();
      logger.debug(told, 'request left');
    } else if (line.status >= 500)
      logger.warn({ ...told, fault: describeFault(fault, line.problem) }, 'request failed');
    else if (line.status >= 400) logger.info(told, 'request refused');
    else logger.debug(told, 'request');
  };
}

/** Counts; tells the count a second after the first, and begins anew. */
function everySecond(tell: (count: number) => void): () => void {
  let count = 0;
  return () => {
    if (count === 0)
      setTimeout(() => {
        tell(count);
        count = 0;
      }, toldEveryMs).unref();
    count += 1;
  };
}

/** An engine's error by its message; a bug of ours by where it happened, since its message may quote the input. */
function describeFault(fault: unknown, problem: string | null): string | null {
  if (!(fault instanceof Error)) return null;
  if (problem !== 'internal-error') return fault.message;
  const frames = (fault.stack ?? '').split('\n').filter((frame) => /^\s+at /.test(frame));
  return [fault.name, ...frames].join('\n');
}
