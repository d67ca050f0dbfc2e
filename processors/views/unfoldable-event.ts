/** The journal holds an event that its processor never writes there; no retry mends that: the partition halts. */
export class UnfoldableEvent extends Error {
  /** @param position `<journal partition>.<seq>` of the event */
  constructor(position: string, why: string) {
    super(`${position}: ${why}`);
    this.name = 'UnfoldableEvent';
  }
}
