/** Commands of one call at most: Redis serves nobody else meanwhile (performance.md §3). */
const questionsMax = 500;

interface Asked<Q, A> {
  readonly question: Q;
  readonly resolve: (answer: A) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers what is asked within one turn of the event loop into one call. Nobody waits for company: whoever asks alone is
 * sent alone, and under load a turn brings many.
 */
export class TurnBatch<Q, A> {
  readonly #run: (questions: readonly Q[]) => Promise<readonly A[]>;
  #asked: Asked<Q, A>[] = [];

  /** `run` gives one answer for each question, in their order, of at most 500. */
  constructor(run: (questions: readonly Q[]) => Promise<readonly A[]>) {
    this.#run = run;
  }

  /** Resolves to the answer; rejects with what `run` rejects with, as do all of the same call. */
  ask(question: Q): Promise<A> {
    return new Promise((resolve, reject) => {
      if (this.#asked.length === 0) setImmediate(() => this.#flush());
      this.#asked.push({ question, resolve, reject });
    });
  }

  #flush(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (let from = 0; from < asked.length; from += questionsMax)
      void this.#send(asked.slice(from, from + questionsMax));
  }

  async #send(asked: readonly Asked<Q, A>[]): Promise<void> {
    try {
      const answers = await this.#run(asked.map(({ question }) => question));
      for (const [i, { resolve }] of asked.entries()) resolve(answers[i] as A);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  }
}
