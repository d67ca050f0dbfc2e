import type { LogRecord } from '../../infra/clients/log.ts';

/** How much of an inbox partition a task keeps before it asks for a pause. */
export interface QueueLimits {
  readonly recordsMax: number;
  readonly bytesMax: number;
}

/** Records used up that are still held on to: each outlives collections of young garbage, and costs a copy. */
const usedUpMax = 250;

/** Records of one inbox partition that wait for their slice, in order, without a promise or a copy for each. */
export class RecordQueue {
  /** Those before `head` are used up. */
  records: LogRecord[] = [];
  head = 0;
  private bytes = 0;
  private readonly limits: QueueLimits;

  constructor(limits: QueueLimits) {
    this.limits = limits;
  }

  get length(): number {
    return this.records.length - this.head;
  }

  push(record: LogRecord): void {
    this.records.push(record);
    this.bytes += record.value?.length ?? 0;
  }

  /** Forgets the first `count`. */
  drop(count: number): void {
    for (let i = this.head; i < this.head + count; i += 1) this.bytes -= this.records[i]?.value?.length ?? 0;
    this.head += count;
    if (this.head < this.records.length && this.head < usedUpMax) return;
    this.records = this.records.slice(this.head);
    this.head = 0;
  }

  isFull(): boolean {
    return this.length >= this.limits.recordsMax || this.bytes >= this.limits.bytesMax;
  }

  /** Empty enough to ask for more: a resume takes up to the consumer's wait, so it comes before the last record. */
  isHalfEmpty(): boolean {
    return this.length * 2 <= this.limits.recordsMax && this.bytes * 2 <= this.limits.bytesMax;
  }
}
