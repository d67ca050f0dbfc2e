import type { LogRecord } from './log.ts';

export interface RecordQueue {
  push(records: readonly LogRecord[]): void;
  /** Up to `max` records, at least one; none when woken or when `signal` ends. */
  take(max: number, signal: AbortSignal): Promise<readonly LogRecord[]>;
  /** Ends a `take` that waits. */
  wake(): void;
  clear(): void;
}

export interface RecordQueueLimits {
  readonly recordsMax?: number;
  readonly bytesMax?: number;
  /** Told once when a limit is passed, and once when half of it is free again. */
  onFull(): void;
  onRoom(): void;
}

/** A bounded queue between a consumer that must not wait and a fold that may (reliability.md §7). */
export function createRecordQueue(limits: RecordQueueLimits): RecordQueue {
  const recordsMax = limits.recordsMax ?? 10_000;
  const bytesMax = limits.bytesMax ?? 8_388_608;
  let records: LogRecord[] = [];
  let bytes = 0;
  let isFull = false;
  let wake = (): void => undefined;
  let watched: AbortSignal | null = null;

  /** Once for each signal: a listener for each `take` would cost more than the taking. */
  const watch = (signal: AbortSignal): void => {
    if (signal === watched) return;
    watched = signal;
    signal.addEventListener('abort', () => wake(), { once: true });
  };

  const settle = (): void => {
    if (!isFull && (records.length >= recordsMax || bytes >= bytesMax)) {
      isFull = true;
      limits.onFull();
    } else if (isFull && records.length <= recordsMax / 2 && bytes <= bytesMax / 2) {
      isFull = false;
      limits.onRoom();
    }
  };

  return {
    push(more) {
      for (const record of more) {
        records.push(record);
        bytes += record.value?.length ?? 0;
      }
      settle();
      wake();
    },
    async take(max, signal) {
      if (records.length === 0 && !signal.aborted) {
        watch(signal);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const taken = records.slice(0, max);
      records = records.slice(max);
      for (const { value } of taken) bytes -= value?.length ?? 0;
      settle();
      return taken;
    },
    wake: () => wake(),
    clear() {
      records = [];
      bytes = 0;
      isFull = false;
    },
  };
}
