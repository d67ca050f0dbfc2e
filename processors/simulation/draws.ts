/**
 * One stream of choices of a run: the same for the same seed. 0 is always the calmest choice (no fault, the shortest
 * way), so that a run is made simpler by putting 0 in the place of a choice (`shrink.ts`).
 */
export class Draws {
  /** Choices made so far. */
  count = 0;
  private state: number;
  private readonly forced: ReadonlyMap<number, number>;
  /** Where the choices that were not 0 stand, if somebody wants to know. */
  private readonly noted: number[] | null;

  /** `forced` replaces choices by their number; `noted` is told the numbers of those that were not 0. */
  constructor(seed: number, forced: ReadonlyMap<number, number> = noneForced, noted: number[] | null = null) {
    this.state = seed | 0;
    this.forced = forced;
    this.noted = noted;
  }

  /** An integer from 0 to below `bound`. */
  below(bound: number): number {
    return this.choose(Math.floor(this.unit() * bound));
  }

  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  /** True in this share of cases, 0 to 1. */
  chance(share: number): boolean {
    return this.choose(this.unit() < share ? 1 : 0) === 1;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  private choose(drawn: number): number {
    const at = this.count;
    this.count += 1;
    const choice = this.forced.size > 0 ? (this.forced.get(at) ?? drawn) : drawn;
    if (choice !== 0) this.noted?.push(at);
    return choice;
  }

  /** mulberry32 (public domain, Tommy Ettinger). */
  private unit(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
}

const noneForced: ReadonlyMap<number, number> = new Map();
