/** Something still happened when the time to wait for rest was over; the message names what. */
export class NotAtRest extends Error {
  readonly reasons: readonly string[];
  constructor(withinMs: number, reasons: readonly string[]) {
    super(
      `the pipeline did not come to rest within ${withinMs / 1_000} s:\n${reasons.map((reason) => `  ${reason}`).join('\n')}`,
    );
    this.reasons = reasons;
  }
}
