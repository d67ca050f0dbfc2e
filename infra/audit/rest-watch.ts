import type { Event as OrderEvent } from '../../schemas/generated/orders-events.ts';
import type { Event as StockEvent } from '../../schemas/generated/stock-events.ts';
import type { ProcessorName } from '../../schemas/topic-catalogue.ts';
import { type Reader, readerAtStart, readOn } from './accept-record.ts';
import { OrderDoubts } from './order-doubts.ts';
import type { AnyEvent, InboxRecord, JournalRecord, SinkPosition } from './recording.ts';
import { watermarkAgeMaxMs } from './rules/i-20.ts';
import { movementsOf } from './stock-movements.ts';

/** Bodies that come for ever, also when nothing happens. */
const isClock = (type: string | undefined): boolean =>
  type === 'Tick' || type === 'TimePassed' || type === 'Barrier';

/** Whether an event puts rows into ClickHouse. Of the orders journal each that names an order stands in that order's lineage at least. */
function hasRows(processor: ProcessorName, partition: number, event: AnyEvent): boolean {
  if (processor === 'stock') return movementsOf(partition, event as StockEvent).length > 0;
  const { body } = event;
  const of = 'orderId' in body ? body.orderId : 'key' in body ? body.key : '';
  return of !== null && of.startsWith('o-');
}

interface TaskState {
  /** Where the watch began to read the inbox: all before must be decided. */
  readonly inboxFrom: number;
  lastCommand: number;
  lastCause: number;
  lastEvent: number;
  lastRow: number;
  /** Offset after the last journal record that was read. */
  journalEnd: number;
  /** Time of the last watermark, epoch ms; -Infinity before the first. */
  watermarkMs: number;
}

/** What is needed to tell whether the pipeline has come to rest; pure, fed with what was read. */
export class RestWatch {
  private readonly tasks = new Map<string, TaskState>();
  private readonly readers = new Map<number, Reader>();
  private readonly open = new Set<string>();
  /** Orders of those that wait for a person: nothing happens to them until he speaks. */
  private readonly handed = new Set<string>();
  private readonly doubts = new Map<number, OrderDoubts>();

  addTask(task: string, inboxFrom: number): void {
    this.tasks.set(task, {
      inboxFrom,
      lastCommand: -1,
      lastCause: -1,
      lastEvent: -1,
      lastRow: -1,
      journalEnd: 0,
      watermarkMs: Number.NEGATIVE_INFINITY,
    });
  }

  onInbox(task: string, { offset, command }: InboxRecord): void {
    const state = this.stateOf(task);
    if (!isClock(command?.body.type)) state.lastCommand = offset;
  }

  /** Journals of orders come from their first record on, so that open orders are known; others may begin anywhere. */
  onJournal(processor: ProcessorName, partition: number, { offset, event }: JournalRecord): void {
    const state = this.stateOf(`${processor}/${partition}`);
    state.journalEnd = offset + 1;
    if (!event) return;
    if (processor === 'orders' && !this.isValid(partition, event)) return;
    const { body } = event;
    if (body.type === 'Barrier') return;
    state.lastCause = Math.max(state.lastCause, event.cause.offset);
    if (body.type === 'TimePassed') state.watermarkMs = body.atMs;
    if (!isClock(body.type)) state.lastEvent = offset;
    if (hasRows(processor, partition, event)) state.lastRow = offset;
    if (processor === 'orders') this.doubtsOf(partition).take(event as OrderEvent);
    if (body.type === 'OrderPlaced') this.open.add(body.orderId);
    if (body.type === 'OrderConfirmed' || body.type === 'OrderClosed') this.open.delete(body.orderId);
    if (body.type === 'PersonNeeded') this.handed.add(body.orderId);
    if (body.type === 'PaymentResolved') this.handed.delete(body.orderId);
  }

  /**
   * Why it is no rest yet, in words; empty at rest. `views` has the journal offset each view has folded to, by task
   * (`orders/0`), absent where none was written; `sink` its positions in each journal it follows.
   */
  unrest(
    views: ReadonlyMap<string, number>,
    sink: { readonly orders: readonly SinkPosition[]; readonly stock?: readonly SinkPosition[] },
  ): readonly string[] {
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
      const [of, number] = task.split('/');
      const positions = of === 'orders' || of === 'stock' ? sink[of] : undefined;
      if (positions === undefined) continue;
      const at = positions.find(({ partition }) => partition === Number(number))?.offset ?? -1;
      if (lastRow > at)
        reasons.push(`the sink stands at offset ${at} of ${task}, an event with rows at ${lastRow}`);
    }
    const open = [...this.open].filter((orderId) => !this.handed.has(orderId));
    if (open.length > 0) reasons.push(`${open.length} orders are open, for example ${open[0]}`);
    const unanswered = [...this.doubts.values()].flatMap((doubts) => [...doubts.unanswered()]);
    if (unanswered.length > 0)
      reasons.push(`${unanswered.length} operations wait for the provider, for example ${unanswered[0]}`);
    return reasons;
  }

  /** The partitions whose watermark is older than rule I-20 allows at `nowMs`, in words. */
  stale(nowMs: number): readonly string[] {
    return [...this.tasks]
      .filter(([, { watermarkMs }]) => nowMs - watermarkMs >= watermarkAgeMaxMs)
      .map(([task]) => `${task} had no watermark for ${watermarkAgeMaxMs / 1_000} s`);
  }

  /** First offset of each journal partition, by task, that was not read yet. */
  journalEnds(): ReadonlyMap<string, number> {
    return new Map([...this.tasks].map(([task, { journalEnd }]) => [task, journalEnd]));
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

  private doubtsOf(partition: number): OrderDoubts {
    const doubts = this.doubts.get(partition) ?? new OrderDoubts();
    this.doubts.set(partition, doubts);
    return doubts;
  }

  private stateOf(task: string): TaskState {
    const state = this.tasks.get(task);
    if (!state) throw new RangeError(`${task} is not watched`);
    return state;
  }
}
