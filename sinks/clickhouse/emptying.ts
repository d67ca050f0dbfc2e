/** A position row with this seq stands above every other: while it is there no insert's guard holds. */
export const emptyingSeq = Number.MAX_SAFE_INTEGER;

/** Its cutting rule; no block is cut by it. */
export const emptyingRule = 'emptying';

/** `millrace sink rebuild` is at work, or died half-way: sinks wait until the tables are empty. */
export class LedgerEmptying extends Error {
  override readonly name = 'LedgerEmptying';
  constructor() {
    super(
      'the ledger tables are being emptied: if nobody is at it any more, run `npx millrace sink rebuild --yes`',
    );
  }
}
