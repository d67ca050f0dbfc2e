import { assertNever } from '../../../schemas/assert-never.ts';
import type { StockEvent } from '../stock.ts';

interface BookedHold {
  readonly customerId: string;
  readonly quantity: number;
  /** Placed while the present limit stood. */
  counts: boolean;
  was: 'placed' | 'committed' | 'ended';
  reversed: number;
  shipped: number;
}

type HoldEvent = Extract<StockEvent, { holdId: string }>;

/** Levels of one SKU counted from its events alone, by other code than the fold's: the equations of domain §4. */
export class StockBooks {
  received = 0;
  restocked = 0;
  adjusted = 0;
  perCustomer: number | null = null;
  private readonly receipts = new Set<string>();
  private readonly holds = new Map<string, BookedHold>();

  /** Books one event; returns what it breaks, or null. */
  book(event: StockEvent): string | null {
    const wrong = this.count(event);
    if (wrong !== null) return wrong;
    const { onHand, held, allocated, available } = this;
    return Math.min(onHand, held, allocated, available) < 0
      ? `${event.type}: ${onHand} on hand, ${held} held, ${allocated} allocated`
      : null;
  }

  private count(event: StockEvent): string | null {
    switch (event.type) {
      case 'StockReceived':
        this.received += event.quantity;
        return null;
      case 'StockAdjusted':
        this.adjusted += event.quantity;
        return null;
      case 'StockRestocked': {
        const receipt = `${event.returnId} ${event.receiptId}`;
        if (event.repeat !== this.receipts.has(receipt)) return `${receipt} restocked twice, or never`;
        this.receipts.add(receipt);
        if (!event.repeat) this.restocked += event.quantity;
        return null;
      }
      case 'PurchasesLimited':
        if (event.perCustomer === null) for (const hold of this.holds.values()) hold.counts = false;
        this.perCustomer = event.perCustomer;
        return null;
      case 'HoldPlaced':
      case 'HoldCommitted':
      case 'HoldReleased':
      case 'CommitReversed':
      case 'AllocationShipped':
        return 'repeat' in event && event.repeat ? null : this.bookHold(event);
      case 'HoldRefused':
      case 'SkuHalted':
      case 'SkuResumed':
      case 'Barrier':
      case 'TimePassed':
      case 'CommandIgnored':
      case 'CommandRefused':
      case 'CommandQuarantined':
      case 'CommandParked':
      case 'CommandRedriven':
      case 'RedriveAnswered':
      case 'AnomalyRecorded':
        return null;
      default:
        return assertNever(event);
    }
  }

  private bookHold(event: HoldEvent): string | null {
    const hold = this.holds.get(event.holdId);
    if (event.type === 'HoldPlaced') return hold ? `${event.holdId} opens twice` : this.open(event);
    if (!hold) {
      if (event.type !== 'HoldReleased' || event.quantity !== 0) return `${event.holdId} ends unopened`;
      this.holds.set(event.holdId, { ...nothing, was: 'ended' });
      return null;
    }
    const isSale = event.type === 'CommitReversed' || event.type === 'AllocationShipped';
    if (hold.was !== (isSale ? 'committed' : 'placed'))
      return `${event.type} of ${event.holdId}, ${hold.was}`;
    if (!isSale && hold.quantity !== event.quantity) return `${event.holdId} ends with another quantity`;
    if (event.type === 'HoldCommitted') hold.was = 'committed';
    if (event.type === 'HoldReleased') hold.was = 'ended';
    if (event.type === 'CommitReversed') hold.reversed += event.quantity;
    if (event.type === 'AllocationShipped') hold.shipped += event.quantity;
    return leftOf(hold) < 0 ? `${event.type} takes more than ${event.holdId} has` : null;
  }

  private open({ holdId, customerId, quantity }: Extract<StockEvent, { type: 'HoldPlaced' }>): string | null {
    this.holds.set(holdId, {
      ...nothing,
      customerId,
      quantity,
      counts: this.perCustomer !== null,
      was: 'placed',
    });
    return this.perCustomer !== null && this.boughtBy(customerId) > this.perCustomer
      ? `${customerId} has ${this.boughtBy(customerId)} of at most ${this.perCustomer}`
      : null;
  }

  /** What counts against the limit: held, or sold and not taken back, whether shipped or not. */
  boughtBy(customerId: string): number {
    return this.sum((hold) =>
      hold.counts && hold.customerId === customerId && (hold.was !== 'ended' || hold.shipped > 0)
        ? hold.quantity - hold.reversed
        : 0,
    );
  }

  get committed(): number {
    return this.sum((hold) => (hold.was === 'committed' ? hold.quantity : 0));
  }
  get reversed(): number {
    return this.sum((hold) => hold.reversed);
  }
  get shipped(): number {
    return this.sum((hold) => hold.shipped);
  }
  get onHand(): number {
    return this.received + this.restocked + this.adjusted + this.reversed - this.committed;
  }
  get held(): number {
    return this.sum((hold) => (hold.was === 'placed' ? hold.quantity : 0));
  }
  get allocated(): number {
    return this.sum((hold) => (hold.was === 'committed' ? leftOf(hold) : 0));
  }
  get available(): number {
    return this.onHand - this.held;
  }

  private sum(of: (hold: BookedHold) => number): number {
    let sum = 0;
    for (const hold of this.holds.values()) sum += of(hold);
    return sum;
  }
}

const nothing: BookedHold = {
  customerId: '',
  quantity: 0,
  counts: false,
  was: 'placed',
  reversed: 0,
  shipped: 0,
};

const leftOf = (hold: BookedHold): number => hold.quantity - hold.reversed - hold.shipped;
