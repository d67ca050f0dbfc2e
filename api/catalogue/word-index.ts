/**
 * Which keys are named by which words, in memory: a word is a run of letters and digits, in any letter case and
 * compatibility form. The source of truth is the text a key was last put with; its former words find it no more.
 */
export class WordIndex {
  /** A word that names one key, as most do, costs no set. */
  readonly #keys = new Map<string, string | Set<string>>();

  /** Names `key` by the words of `text` instead of those of `before`; null is no text. */
  put(key: string, before: string | null, text: string | null): void {
    const former = wordsOf(before ?? '');
    const words = wordsOf(text ?? '');
    for (const word of former) if (!words.has(word)) this.#remove(word, key);
    for (const word of words) if (!former.has(word)) this.#add(word, key);
  }

  /** The keys named by every word of `text`, in no order; none if it has no word. */
  find(text: string): readonly string[] {
    const found = [...wordsOf(text)].map((word) => this.#keys.get(word) ?? emptyOfKeys);
    const [rarest = emptyOfKeys, ...others] = found.toSorted((a, b) => sizeOf(a) - sizeOf(b));
    const keys = typeof rarest === 'string' ? [rarest] : [...rarest];
    return keys.filter((key) =>
      others.every((held) => (typeof held === 'string' ? held === key : held.has(key))),
    );
  }

  #add(word: string, key: string): void {
    const held = this.#keys.get(word);
    if (held === undefined) this.#keys.set(word, key);
    else if (typeof held === 'string') this.#keys.set(word, new Set([held, key]));
    else held.add(key);
  }

  #remove(word: string, key: string): void {
    const held = this.#keys.get(word);
    if (typeof held === 'string' || held === undefined) {
      this.#keys.delete(word);
      return;
    }
    held.delete(key);
    if (held.size === 0) this.#keys.delete(word);
  }
}

const emptyOfKeys: ReadonlySet<string> = new Set();

const sizeOf = (held: string | ReadonlySet<string>): number => (typeof held === 'string' ? 1 : held.size);

const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(
    text
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? [],
  );
