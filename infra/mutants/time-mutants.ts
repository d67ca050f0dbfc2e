import type { Mutant } from './mutant.ts';

const runtime = 'processors/runtime';

/** Time: DESIGN §3, "Time is a record". */
export const timeMutants: readonly Mutant[] = [
  {
    name: 'wall-clock-watermark',
    undoes: "a watermark is the log's time, not the owner's",
    edits: [
      {
        file: `${runtime}/process-slice.ts`,
        from: "const timePassed = { type: 'TimePassed', atMs: stamp.atMs };",
        to: "const timePassed = { type: 'TimePassed', atMs: this.limits.latestMs - 300_000 };",
      },
    ],
  },
  {
    name: 'time-falls',
    undoes: "a partition's time never falls, whatever the broker's clock does",
    edits: [
      {
        file: `${runtime}/process-slice.ts`,
        from: 'atMs: Math.max(this.context.fold.timeMs, record.timestampMs),',
        to: 'atMs: record.timestampMs,',
      },
    ],
  },
];

/** Deadlines. */
export const deadlineMutants: readonly Mutant[] = [
  {
    name: 'expiry-ignores-the-payment',
    undoes: 'an order whose money is in flight or unknown does not expire',
    edits: [
      {
        file: 'processors/orders/order-due.ts',
        from: "  if (state.state === 'Holding') return state.holdUntilMs;",
        to: "  if (state.state === 'Holding' || state.state === 'Authorizing') return state.holdUntilMs;",
      },
      {
        file: 'processors/orders/order-due.ts',
        from: "  if (state.state === 'Holding') return expireHolds(state, atMs);",
        to: "  if (state.state === 'Holding' || state.state === 'Authorizing') return expireHolds(state, atMs);",
      },
    ],
  },
  {
    name: 'P9-clock-jump-taken',
    undoes: 'P9: an append time more than 5 minutes ahead of its own clock stops the partition',
    edits: [
      {
        file: `${runtime}/task.ts`,
        from: 'latestMs: startedMs + clockLeadMaxMs,',
        to: 'latestMs: Number.POSITIVE_INFINITY,',
      },
    ],
  },
];
