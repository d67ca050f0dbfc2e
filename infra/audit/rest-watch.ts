import type { ProcessorName } from '../../schemas/topic-catalogue.ts';
import { type Reader, readerAtStart, readOn } from './accept-record.ts';
import { watermarkAgeMaxMs } from './rules/i-20.ts';
import type { InboxRecord, JournalRecord, SinkPosition } from './recording.ts';

/** Bodies that come for ever, also when nothing happens. */
const isClock = (type: string | undefined): boolean =>
  type === 'Tick' || type === 'TimePassed' || type === 'Barrier';

/** Events that put rows into ClickHouse. */
const rowEvents = new Set([
  'OrderPlaced',
  'OrderConfirmed',
  'UnwindStarted',
  'OrderClosed',
  'PaymentOpRequested',
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentUnknown',
]);

interface TaskState {
  /** Where the watch began to read the inbox: all before must be decided. */
  readonly inboxFrom: number;
  lastCommand: number;
  lastCause: number;
  lastEvent: number;
  lastRow: number;
  /** Time of the last watermark, epoch ms; -Infinity before the first. */
  watermarkMs: number;
}

/** What is needed to tell whether the pipeline has come to rest; pure, fed with what was read. */
export class RestWatch {
  private readonly tasks = new Map<string, TaskState>();
  private readonly readers = new Map<number, Reader>();
  private readonly open = new Set<string>();

  addTask(task: string, inboxFrom: number): void {
    this.tasks.set(task, {
      inboxFrom,
      lastCommand: -1,
      lastCause: -1,
      lastEvent: -1,
      lastRow: -1,
      watermarkMs: Number.NEGATIVE_INFINITY,
    });
  }

  onInbox(task: string, { offset, command }: InboxRecord): void {
    const state = this.stateOf(task);
    if (!isClock(command?.body.type)) state.lastCommand = offset;
  }

  /** Journals of orders come from their first record on, so that open orders are known; others may begin anywhere. */
  onJournal(processor: ProcessorName, partition: number, { offset, event }: JournalRecord): void {
    if (!event) return;
    const state = this.stateOf(`${processor}/${partition}`);
    if (processor === 'orders' && !this.isValid(partition, event)) return;
    const { body } = event;
    if (body.type === 'Barrier') return;
    state.lastCause = Math.max(state.lastCause, event.cause.offset);
    if (body.type === 'TimePassed') state.watermarkMs = body.atMs;
    if (!isClock(body.type)) state.lastEvent = offset;
    if (rowEvents.has(body.type)) state.lastRow = offset;
    if (body.type === 'OrderPlaced') this.open.add(body.orderId);
    if (body.type === 'OrderConfirmed' || body.type === 'OrderClosed') this.open.delete(body.orderId);
  }

  /**
   * Why it is no rest yet, in words; empty at rest. `views` has the journal offset each view has folded to, by task
   * (`orders/0`), absent where none was written.
   */
  unrest(views: ReadonlyMap<string, number>, sink: readonly SinkPosition[]): readonly string[] {
    const reasons: string[] = [];
    for (const [task, { inboxFrom, lastCommand, lastCause, lastEvent, lastRow }] of this.tasks) {
      const undecided = Math.max(lastCommand, inboxFrom - 1);
      if (undecided > lastCause)
        reasons.push(
          `${task} has decided its inbox to offset ${lastCause}, a command stands at ${undecided}`,
        );
      const view = views.get(task) ?? -1;
      const isViewed = !task.startsWith('catalogue');
      if (isViewed && lastEvent > view)
        reasons.push(`the view of ${task} stands at journal offset ${view}, an event at ${lastEvent}`);
      if (!task.startsWith('orders')) continue;
      const at = sink.find(({ partition }) => task === `orders/${partition}`)?.offset ?? -1;
      if (lastRow > at)
        reasons.push(`the sink stands at offset ${at} of ${task}, an event with rows at ${lastRow}`);
    }
    if (this.open.size > 0)
      reasons.push(`${this.open.size} orders are open, for example ${[...this.open][0]}`);
    return reasons;
  }

  /** The partitions whose watermark is older than rule I-20 allows at `nowMs`, in words. */
  stale(nowMs: number): readonly string[] {
    return [...this.tasks]
      .filter(([, { watermarkMs }]) => nowMs - watermarkMs >= watermarkAgeMaxMs)
      .map(([task]) => `${task} had no watermark for ${watermarkAgeMaxMs / 1_000} s`);
  }

  /** Changes with everything that is not the clock ticking. */
  fingerprint(): string {
    return [...this.tasks.values()]
      .map(({ lastCommand, lastEvent }) => `${lastCommand}:${lastEvent}`)
      .join(' ');
  }

  private isValid(partition: number, event: NonNullable<JournalRecord['event']>): boolean {
    const next = readOn(this.readers.get(partition) ?? readerAtStart, event);
    if (next) this.readers.set(partition, next);
    return next !== null;
  }

  private stateOf(task: string): TaskState {
    const state = this.tasks.get(task);
    if (!state) throw new RangeError(`${task} is not watched`);
    return state;
  }
}
