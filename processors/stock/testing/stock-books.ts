import type { StockEvent } from '../stock.ts';

/** Levels of one SKU counted from its events alone, by other code than the fold's: the equations of domain §4. */
export class StockBooks {
  received = 0;
  adjusted = 0;
  committed = 0;
  /** How each hold went: `placed`, then `committed` or `released`. */
  readonly holds = new Map<string, { readonly quantity: number; was: 'placed' | 'committed' | 'released' }>();

  /** Books one event; returns what it breaks, or null. */
  book(event: StockEvent): string | null {
    switch (event.type) {
      case 'StockReceived':
        this.received += event.quantity;
        break;
      case 'StockAdjusted':
        this.adjusted += event.quantity;
        break;
      case 'HoldPlaced':
        if (event.repeat) break;
        if (this.holds.has(event.holdId)) return `${event.holdId} opens twice`;
        this.holds.set(event.holdId, { quantity: event.quantity, was: 'placed' });
        break;
      case 'HoldCommitted':
      case 'HoldReleased': {
        if (event.repeat) break;
        const hold = this.holds.get(event.holdId);
        if (!hold) {
          this.holds.set(event.holdId, { quantity: 0, was: 'released' });
          return event.type === 'HoldReleased' && event.quantity === 0
            ? null
            : `${event.holdId} ends unopened`;
        }
        if (hold.was !== 'placed') return `${event.holdId} ends twice`;
        if (hold.quantity !== event.quantity) return `${event.holdId} ends with another quantity`;
        hold.was = event.type === 'HoldCommitted' ? 'committed' : 'released';
        if (hold.was === 'committed') this.committed += hold.quantity;
        break;
      }
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
        break;
    }
    const { onHand, held, available } = this;
    return onHand < 0 || held < 0 || available < 0 ? `${event.type}: ${onHand} on hand, ${held} held` : null;
  }

  get onHand(): number {
    return this.received + this.adjusted - this.committed;
  }
  get held(): number {
    return this.sumOf('placed');
  }
  get allocated(): number {
    return this.sumOf('committed');
  }
  get available(): number {
    return this.onHand - this.held;
  }

  private sumOf(was: 'placed' | 'committed'): number {
    let sum = 0;
    for (const hold of this.holds.values()) if (hold.was === was) sum += hold.quantity;
    return sum;
  }
}
