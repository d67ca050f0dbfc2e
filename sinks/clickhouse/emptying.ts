/** A position row with this seq stands above every other: while it is there no insert's guard holds. Of an in-place rebuild. */
export const emptyingSeq = Number.MAX_SAFE_INTEGER;

/** The same of a flip's fence: above the other, so that neither hides the flip from an in-place rebuild, nor merges it away. */
export const flippingSeq = Number.MAX_SAFE_INTEGER + 1;

/** The cutting rule of both; no block is cut by it. */
export const emptyingRule = 'emptying';

const finish = {
  rebuild: 'npx millrace sink rebuild --in-place --yes',
  flip: 'npx millrace sink flip --yes',
} as const;

/** `millrace sink rebuild --in-place` or `sink flip` is at work, or died half-way: sinks wait until it is through. */
export class LedgerEmptying extends Error {
  override readonly name = 'LedgerEmptying';
  /** @param seq Of the stored position: whose fence it is. */
  constructor(seq: number) {
    const [doing, command] = seq >= flippingSeq ? ['exchanged', finish.flip] : ['emptied', finish.rebuild];
    super(
      `the ledger tables are being ${doing}: if nobody is at it any more, run the same command again, \`${command}\``,
    );
  }
}

/** A flip of the ledgers was cut short, or is under way: the tables live and beside are of both ledgers. */
export class FlipUnderWay extends Error {
  override readonly name = 'FlipUnderWay';
  constructor() {
    super(`a flip of the ledgers is under way or was cut short: finish it first, \`${finish.flip}\``);
  }
}

/** An in-place rebuild was cut short, or is under way: its fence stands among the live positions. */
export class InPlaceUnderWay extends Error {
  override readonly name = 'InPlaceUnderWay';
  constructor() {
    super(
      `the live ledger is being emptied in place, or that was cut short: finish it first, \`${finish.rebuild}\``,
    );
  }
}
