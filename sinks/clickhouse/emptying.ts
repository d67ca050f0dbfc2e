/** A position row with this seq stands above every other: while it is there no insert's guard holds. */
export const emptyingSeq = Number.MAX_SAFE_INTEGER;

/** Its cutting rule; no block is cut by it. */
export const emptyingRule = 'emptying';

/** `millrace sink rebuild --in-place` or `sink flip` is at work, or died half-way: sinks wait until it is through. */
export class LedgerEmptying extends Error {
  override readonly name = 'LedgerEmptying';
  constructor() {
    super(
      'the ledger tables are being emptied or exchanged: if nobody is at it any more, run the same command again, ' +
        '`npx millrace sink rebuild --in-place --yes` or `npx millrace sink flip --yes`',
    );
  }
}
