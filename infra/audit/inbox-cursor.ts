import type { InboxRecord } from './recording.ts';
import type { Fact, InboxStep, Place, Rule } from './rule.ts';

type Batches = AsyncIterator<readonly InboxRecord[]> | Iterator<readonly InboxRecord[]>;

/** Walks an inbox partition beside its journal and tells the rules of each record once. */
export class InboxCursor {
  private readonly batches: Batches;
  private readonly place: Place;
  private readonly rules: readonly Rule[];
  private batch: readonly InboxRecord[] = [];
  private next = 0;
  private first: number | null = null;
  private isEnded = false;
  private current: InboxRecord | null = null;

  constructor(batches: Batches, place: Place, rules: readonly Rule[]) {
    this.batches = batches;
    this.place = place;
    this.rules = rules;
  }

  /** Whether `at(offset)` can tell without reading on. */
  reaches(offset: number): boolean {
    if (this.isEnded || (this.current !== null && this.current.offset >= offset)) return true;
    const last = this.batch.at(-1);
    return last !== undefined && last.offset >= offset;
  }

  /** The record at `offset`; those passed on the way caused nothing. Wants `reaches(offset)`. */
  at(offset: number): Fact['cause'] {
    if (this.current?.offset === offset) return this.current;
    if (this.first !== null && offset < this.first) return 'trimmed';
    for (let record = this.batch[this.next]; record; record = this.batch[this.next]) {
      if (record.offset > offset) return 'absent';
      this.tell(record, record.offset === offset ? 'caused' : 'uncaused');
      if (record.offset === offset) return record;
    }
    return 'absent';
  }

  /** Tells what is left of the batch, which caused nothing, and reads the next one. */
  async readOn(): Promise<void> {
    this.tellRest('uncaused');
    await this.read();
  }

  async finish(): Promise<void> {
    while (!this.isEnded) {
      this.tellRest('later');
      await this.read();
    }
  }

  private async read(): Promise<void> {
    const batch = await this.batches.next();
    this.isEnded = batch.done === true;
    this.batch = batch.done ? [] : batch.value;
    this.next = 0;
    this.first ??= this.batch[0]?.offset ?? null;
  }

  private tellRest(is: InboxStep['is']): void {
    for (let record = this.batch[this.next]; record; record = this.batch[this.next]) this.tell(record, is);
  }

  private tell(record: InboxRecord, is: InboxStep['is']): void {
    this.next += 1;
    this.current = record;
    const { processor, partition } = this.place;
    const step: InboxStep = { processor, partition, record, is };
    for (const rule of this.rules) rule.onInbox?.(step);
  }
}
