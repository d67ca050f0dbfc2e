/**
 * The commands of one order that wait for a person, as the view keeps them beside its document or, where the order
 * was never placed, without one. It is gone when none is left.
 */
export interface ParkedOrderView {
  readonly orderId: string;
  /** Oldest first: the order of their redrive. */
  readonly parked: readonly ParkedCommandView[];
  /** `<journal partition>.<seq>` of the last event that changed it. */
  readonly position: string;
}

export interface ParkedCommandView {
  /** Of the command in the inbox. */
  readonly offset: number;
  readonly command: string;
  /** The log's clock. */
  readonly sinceMs: number;
  /** As in `CommandParked`: for people who operate, not for buyers. */
  readonly reason: string;
  /**
   * Base64 of the inbox record's value, of a PlaceOrder alone: whose order it is, where no document tells. Personal
   * fields stay encrypted.
   */
  readonly value: string | null;
}
