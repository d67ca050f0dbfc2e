import type { Log } from '../../infra/clients/log.ts';

/** An API that had no word from the log for so long is not ready (reliability §7). */
const silentMaxMs = 10_000;
const probeEveryMs = 3_000;

export interface LogProbe {
  /** Milliseconds since the log last answered; null = never. */
  silentMs(): number | null;
  isAlive(): boolean;
  stop(): void;
}

/** Knows when the log last answered: by an append of the traffic, or by a look at a topic's offsets when there is none. */
export function createLogProbe(
  log: Pick<Log, 'offsetsOf'>,
  topic: string,
  lastAckAtMs: () => number | null,
): LogProbe {
  let probedAtMs: number | null = performance.now();
  let asking = false;
  const silentMs = (): number | null => {
    const lastMs = Math.max(
      lastAckAtMs() ?? Number.NEGATIVE_INFINITY,
      probedAtMs ?? Number.NEGATIVE_INFINITY,
    );
    return Number.isFinite(lastMs) ? performance.now() - lastMs : null;
  };
  const timer = setInterval(() => {
    if (asking || (silentMs() ?? probeEveryMs) < probeEveryMs) return;
    asking = true;
    log
      .offsetsOf(topic)
      .then(
        () => (probedAtMs = performance.now()),
        () => undefined, // silence is what readiness shows
      )
      .finally(() => (asking = false));
  }, probeEveryMs);
  timer.unref();
  return {
    silentMs,
    isAlive: () => (silentMs() ?? Number.POSITIVE_INFINITY) < silentMaxMs,
    stop: () => clearInterval(timer),
  };
}
