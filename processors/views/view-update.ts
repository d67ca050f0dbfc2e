/** One absolute change to a view's keys; said twice it changes nothing more. */
export type ViewUpdate =
  | { readonly does: 'set'; readonly key: string; readonly json: string }
  | { readonly does: 'drop'; readonly key: string }
  | { readonly does: 'list'; readonly key: string; readonly score: number; readonly member: string }
  | { readonly does: 'unlist'; readonly key: string; readonly member: string }
  /** Appends to a stream and cuts its head. `id` is `<seq>-0`. */
  | {
      readonly does: 'append';
      readonly key: string;
      readonly id: string;
      readonly order: string;
      readonly event: string;
    };

/** How one journal becomes one kind of document in Redis; pure. `E` is the journal's event, `V` the document. */
export interface View<E, V> {
  readonly name: string;
  /** The journal. */
  readonly topic: string;
  positionKey(partition: number): string;
  /** Every key of the partition, for SCAN. */
  allKeys(partition: number): string;
  /** Key of the document an event changes; null if it changes none. */
  keyOf(event: E, partition: number): string | null;
  /** A document as `set` stored it, by this build or an earlier one. */
  parse(json: string): V;
  fold(before: V | undefined, event: E, partition: number): V | undefined;
  /** True for a document that says nothing any more: its key is removed. */
  isGone(document: V): boolean;
  /** What one folded event adds beside the document itself, for example to a stream. */
  noteOf(after: V, event: E, partition: number): readonly ViewUpdate[];
  /** What brings the lists from one state of a document to a later one. */
  listsOf(before: V | undefined, after: V, partition: number): readonly ViewUpdate[];
  /** The most updates one event can come to, all included. */
  updatesMax(event: E): number;
}
