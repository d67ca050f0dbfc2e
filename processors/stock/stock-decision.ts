import type { NoteSubject } from '../../schemas/notes.ts';
import type { Stock, StockCommand } from './stock.ts';

/** What every rule of stock needs of its command. */
export interface StockDecision<B extends StockCommand> {
  readonly stock: Stock;
  readonly body: B;
  readonly about: NoteSubject;
  /** The log's clock. */
  readonly atMs: number;
}
