import {
  acceptJournalRecord,
  type JournalPosition,
  journalStart,
} from '../../schemas/accept-journal-record.ts';
import type { Event, EventBody } from '../../schemas/generated/orders-events.ts';
import type { Recording } from '../audit/recording.ts';
import type { SettlementEntry } from '../psp/psp.ts';

/** Money that moved, as the orders journal has it. Minor units; `atMs` on the log's clock. */
export interface BookedMove {
  readonly kind: 'charge' | 'refund' | 'dispute';
  readonly store: string;
  readonly orderId: string;
  /** Of the capture or the refund; a dispute's own id. */
  readonly opId: string;
  /** The payment at the provider. */
  readonly pspRef: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly atMs: number;
  readonly partition: number;
  readonly seq: number;
  /** It did not stand: a refund that failed after it had succeeded, a dispute that was won. */
  reversed: boolean;
}

/** What the journal says of money, for the comparison with what others say. */
export class MoneyBooks {
  readonly orders = new Set<string>();
  readonly moves: BookedMove[] = [];
  private readonly byOp = new Map<string, BookedMove>();
  private readonly pspRefs = new Map<string, string>();
  /** Operations without an answer, by what the line of one would name. */
  private readonly underWay = new Map<string, Set<string>>();

  /** Folds one valid event of a partition of the orders journal; all but these move no money. */
  fold(partition: number, { body, atMs, seq }: Pick<Event, 'body' | 'atMs' | 'seq'>): void {
    if (body.type === 'OrderPlaced') this.orders.add(body.orderId);
    this.ask(body);
    if (body.type === 'PaymentAuthorized' || body.type === 'PaymentCaptured') {
      this.pspRefs.set(body.orderId, body.pspRef);
    }
    if (body.type === 'PaymentCaptured') {
      this.add({ ...body, kind: 'charge', atMs, partition, seq, reversed: false });
    }
    if (body.type === 'RefundRecorded') this.refund(body, { atMs, partition, seq });
    if (body.type === 'DisputeRecorded') this.dispute(body, { atMs, partition, seq });
  }

  /** Is there an operation, asked for and not answered, that may have moved what this line says? */
  isUnderWay({ kind, orderId = '', opId = '' }: Pick<SettlementEntry, 'kind' | 'orderId' | 'opId'>): boolean {
    return this.underWay.has(kind === 'charge' ? `charge ${orderId}` : `${kind} ${opId}`);
  }

  private ask(body: EventBody): void {
    if (body.type === 'PaymentOpRequested' && body.kind !== 'void') {
      const name = body.kind === 'refund' ? `refund ${body.opId}` : `charge ${body.orderId}`;
      this.underWay.set(name, (this.underWay.get(name) ?? new Set()).add(body.opId));
    }
    if (!isAnswer(body)) return;
    for (const name of [`refund ${body.opId}`, `charge ${body.orderId}`]) {
      const asked = this.underWay.get(name);
      if (asked?.delete(body.opId) && asked.size === 0) this.underWay.delete(name);
    }
  }

  private refund(body: Of<'RefundRecorded'>, place: Place): void {
    const known = this.byOp.get(body.opId);
    if (body.as === 'failed') {
      if (known) known.reversed = true;
      return;
    }
    // the reference of a payment, not of its refund, is what a settlement line names
    const pspRef = this.pspRefs.get(body.orderId) ?? body.pspRef ?? '';
    if (!known) this.add({ ...body, ...place, kind: 'refund', pspRef, reversed: false });
  }

  private dispute(body: Of<'DisputeRecorded'>, place: Place): void {
    const opId = `${body.orderId}:dispute:${body.disputeId}`;
    const known = this.byOp.get(opId);
    if (known) known.reversed = body.as === 'won';
    else {
      const pspRef = body.pspRef ?? this.pspRefs.get(body.orderId) ?? '';
      this.add({ ...body, ...place, kind: 'dispute', opId, pspRef, reversed: body.as === 'won' });
    }
  }

  private add(move: BookedMove): void {
    const { kind, store, orderId, opId, pspRef, amountMinor, currency, atMs, partition, seq, reversed } =
      move;
    const booked = {
      kind,
      store,
      orderId,
      opId,
      pspRef,
      amountMinor,
      currency,
      atMs,
      partition,
      seq,
      reversed,
    };
    this.moves.push(booked);
    this.byOp.set(opId, booked);
  }
}

const answers = [
  'PaymentAuthorized',
  'PaymentDeclined',
  'PaymentCaptured',
  'PaymentCaptureFailed',
  'PaymentVoided',
  'PaymentLapsed',
  'RefundRecorded',
] as const;
const isAnswer = (body: EventBody): body is Of<(typeof answers)[number]> =>
  answers.some((type) => type === body.type);

type Of<T extends EventBody['type']> = Extract<EventBody, { type: T }>;
type Place = Pick<BookedMove, 'atMs' | 'partition' | 'seq'>;

/** The books of a running pipeline. Throws on a journal record that cannot be read. */
export async function readMoneyBooks(
  recording: Pick<Recording, 'partitions' | 'journal'>,
): Promise<MoneyBooks> {
  const books = new MoneyBooks();
  for (let partition = 0; partition < recording.partitions; partition += 1) {
    let position: JournalPosition = journalStart;
    for await (const records of recording.journal('orders', partition)) {
      for (const { offset, event } of records) {
        if (event === null)
          throw new Error(`orders journal ${partition}: the record at ${offset} is unreadable`);
        const next = acceptJournalRecord(position, BigInt(offset), event);
        if (!next) continue;
        position = next;
        books.fold(partition, event as Event);
      }
    }
  }
  return books;
}
