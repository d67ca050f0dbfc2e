import { setTimeout as wait } from 'node:timers/promises';
import type { Checkout, Settled } from '../checkout/checkout.ts';
import { runPaced } from '../checkout/pace.ts';
import { type LifeStep, planLife } from './plan-life.ts';
import { planGoods, planOrder } from './plan-load.ts';

export interface LoadOptions {
  /** Begins every key: another run on the same stack needs another. */
  readonly run: string;
  readonly seed: number;
  /** Of the credential. */
  readonly store: string;
  /** At least so many. */
  readonly orders: number;
  /** Asked before each order beyond those: whether the load goes on. */
  readonly goesOn: () => boolean;
  /** Orders a second, open loop. */
  readonly rate: number;
  readonly onOrder: (done: number) => void;
}

export interface LoadSummary {
  /** Orders that were answered 202. */
  readonly orders: number;
  /** Requests sent again with the same key and body, and answered like the first. */
  readonly repeats: number;
  /** Orders the API refused; the plan asks for none. */
  readonly refused: number;
  /** Cancellations, shipments, deliveries, returns, receipts and refunds that were accepted. */
  readonly actions: number;
}

/** Goods of a stock that had to be there before the first order, or a repeat that was told something else. */
class LoadBroken extends Error {}

const openMax = 256;

/** Puts the goods, then posts the orders; a customer keeps on until the API has settled the request. */
export async function runLoad(checkout: Checkout, options: LoadOptions): Promise<LoadSummary> {
  await runPaced(planGoods(options.run), 'max', async (request) => {
    const settled = await checkout.settle(request);
    if (settled.is === 'refused') throw new LoadBroken(`${request.path} was refused: ${settled.code}`);
  });
  const sum = { orders: 0, repeats: 0, refused: 0, actions: 0 };
  const lives: Promise<void>[] = [];
  await runPaced(
    numbersOf(options),
    options.rate,
    async (n) => {
      const { request, repeats, isDoubled } = planOrder(options.run, options.seed, n);
      const first = await Promise.all(
        Array.from({ length: isDoubled ? 2 : 1 }, () => checkout.settle(request)),
      );
      const later: Settled[] = [];
      for (let again = 0; again < repeats; again += 1) later.push(await checkout.settle(request));
      const answers = new Set([...first, ...later].map(({ is }) => is));
      if (answers.size > 1) throw new LoadBroken(`${request.key} was answered 202 and refused`);
      if (answers.has('done')) sum.orders += 1;
      else sum.refused += 1;
      sum.repeats += first.length - 1 + later.length;
      options.onOrder(sum.orders + sum.refused);
      const steps = planLife(options.store, options.seed, n, request);
      if (answers.has('done') && steps.length > 0) {
        const life = liveOn(checkout, steps).then((accepted) => void (sum.actions += accepted));
        life.catch(() => undefined); // awaited below
        lives.push(life);
      }
    },
    { openMax },
  );
  await Promise.all(lives);
  return sum;
}

/** How often a step is asked for while the order is not ready for it, and how long apart. */
const asksMax = 8;
const askAgainMs = 1_500;

/** One step after the other, until one is refused for good; how many were accepted. */
async function liveOn(checkout: Checkout, steps: readonly LifeStep[]): Promise<number> {
  let accepted = 0;
  for (const { afterMs, request } of steps) {
    await wait(afterMs);
    let settled = await checkout.settle(request);
    for (let asked = 1; isTooEarly(settled) && asked < asksMax; asked += 1) {
      await wait(askAgainMs);
      settled = await checkout.settle(request);
    }
    if (settled.is === 'refused') return accepted;
    accepted += 1;
  }
  return accepted;
}

const isTooEarly = (settled: Settled): boolean => settled.is === 'refused' && settled.status === 409;

function* numbersOf({ orders, goesOn }: LoadOptions): Generator<number> {
  for (let n = 0; n < orders || goesOn(); n += 1) yield n;
}
