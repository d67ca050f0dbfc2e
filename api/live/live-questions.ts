import { Problem } from '../http/problem.ts';
import { LiveQuestion, type Watcher } from './live-question.ts';
import type { LiveState } from './live-state.ts';

export interface LiveLimits {
  /** Different questions of a process. */
  readonly questionsMax: number;
  /** Of one store: it leaves room for the others. */
  readonly ofStoreMax: number;
  /** That one key was the first to ask: ids that it makes up leave room for the store's other keys. */
  readonly ofKeyMax: number;
}

export const liveLimits: LiveLimits = { questionsMax: 256, ofStoreMax: 64, ofKeyMax: 48 };

/** What is asked, for whom. */
export interface Asked {
  readonly store: string;
  readonly keyId: string;
  /** Equal where store, rights, path and parameters are: such questions are one. */
  readonly key: string;
  readonly everyMs: number;
  readonly ask: () => Promise<LiveState>;
}

type Asker = Pick<Asked, 'store' | 'keyId'>;

/** The questions that are asked for those who watch, each once however many watch. */
export class LiveQuestions {
  readonly #limits: LiveLimits;
  readonly #asked = new Map<string, { readonly by: Asker; readonly question: LiveQuestion }>();

  constructor(limits: LiveLimits = liveLimits) {
    this.#limits = limits;
  }

  /** Questions that are being asked. */
  get size(): number {
    return this.#asked.size;
  }

  /** As `LiveQuestion.watch`. Throws `overloaded` or `rate-limited` where there is no room for another question. */
  watch({ store, keyId, key, everyMs, ask }: Asked, watcher: Watcher): () => void {
    const known = this.#asked.get(key);
    if (known) return known.question.watch(watcher);
    const by = { store, keyId };
    this.#refuseTooMany(by);
    const question = new LiveQuestion(ask, everyMs, () => {
      if (this.#asked.get(key)?.question === question) this.#asked.delete(key);
    });
    this.#asked.set(key, { by, question });
    return question.watch(watcher);
  }

  #refuseTooMany({ store, keyId }: Asker): void {
    const { questionsMax, ofStoreMax, ofKeyMax } = this.#limits;
    const ofStore = [...this.#asked.values()].filter(({ by }) => by.store === store);
    const ofKey = ofStore.filter(({ by }) => by.keyId === keyId);
    if (ofStore.length >= ofStoreMax) throw tooMany(ofStoreMax, 'store');
    if (ofKey.length >= ofKeyMax) throw tooMany(ofKeyMax, 'key');
    if (this.size < questionsMax) return;
    throw new Problem('overloaded', {
      detail: `At most ${questionsMax} different resources are watched at once. Ask again after Retry-After seconds; a plain GET is answered meanwhile.`,
      retryAfterSeconds: 5,
    });
  }
}

const tooMany = (most: number, whose: 'store' | 'key'): Problem =>
  new Problem('rate-limited', {
    detail: `At most ${most} different resources of a ${whose} are watched at once. Close streams that nobody reads, or watch the same paths: equal ones are one.`,
    retryAfterSeconds: 5,
  });
