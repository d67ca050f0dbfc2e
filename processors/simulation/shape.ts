import type { Draws } from './draws.ts';
import { drawParts, type PartsShape } from './parts-shape.ts';
import type { GroupFaults } from './sim-group.ts';
import type { LogFaults } from './sim-log-client.ts';

/** A role that a simulated process hosts. */
export type RoleName = 'orders' | 'stock' | 'catalogue' | 'payments' | 'views' | 'sink';

/** What one seed is like: drawn once, before anything runs. Swarm: each fault is off in half of the seeds. */
export interface Shape {
  readonly partitions: number;
  /** Roles that share a process, and how many such processes there are. */
  readonly hosts: readonly { readonly roles: readonly RoleName[]; readonly copies: number }[];
  readonly log: LogFaults;
  readonly group: GroupFaults;
  readonly requestTimeoutMs: number;
  readonly sliceRecordsMax: number;
  readonly queueRecordsMax: number;
  /** Events between two snapshots of a partition; 0: none are taken. */
  readonly snapshotEvents: number;
  readonly holdTtlMs: number;
  readonly shop: ShopShape;
  readonly nemesis: NemesisShape;
  readonly parts: PartsShape;
}

export interface ShopShape {
  readonly orders: number;
  /** All of them within this, ms. */
  readonly withinMs: number;
  /** The first order comes once the log has every receipt of goods: none can be refused for want of them. */
  readonly opensStocked: boolean;
  readonly skus: number;
  /** SKUs of one order, at most. */
  readonly linesMax: number;
  /** Pieces of one line, at most. */
  readonly piecesMax: number;
  /** Share of lines that ask for the first SKU. */
  readonly hot: number;
  /** Pieces received of each SKU, for each order. */
  readonly stockPerOrder: number;
  /** In place of that: so many pieces of each SKU, drawn for each. */
  readonly pieces: { readonly least: number; readonly most: number } | null;
  readonly customers: number;
  /** Share of SKUs of which a customer may buy one piece alone. */
  readonly limited: number;
  /** Clients ask until they are answered; otherwise one in ten gives up after each silence, and all after 8. */
  readonly isPatient: boolean;
  readonly declined: number;
  /** Requests sent again after their answer, with the same body. */
  readonly repeated: number;
  /** Keys used again for another body. */
  readonly reused: number;
  /** Requests refused before anything is appended. */
  readonly refused: number;
  /** Records that no client of ours would write, for each order. */
  readonly poison: number;
  /** Orders that are cancelled, shipped, returned or refunded after they were accepted. */
  readonly afterSales: number;
  /** Counts, halts, resumes, receipts meanwhile, for each order. */
  readonly movements: number;
}

/** How many blows fall while the shop is open. */
export interface NemesisShape {
  readonly kills: number;
  readonly apiKills: number;
  readonly freezes: number;
  readonly rebalances: number;
  readonly brokerClockSteps: number;
  readonly processClockSteps: number;
  /** A frozen process sleeps up to this, ms. */
  readonly sleepMs: number;
  /** A killed process is started again within this, ms. */
  readonly restartMs: number;
  /** A clock steps by up to this either way, ms. */
  readonly clockStepMs: number;
}

/** Orders of one run, where neither the profile nor the caller wants another number. */
export const ordersMax = 100;

/** Draws the shape of a run with so many orders. */
export function drawShape(draws: Draws, orders = ordersMax): Shape {
  const share = (most: number): number => (draws.chance(0.5) ? (draws.below(1_000) / 1_000) * most : 0);
  const count = (most: number): number => (draws.chance(0.5) ? draws.below(most + 1) : 0);
  const linesMax = draws.pick([1, 1, 2, 3]);
  return {
    partitions: draws.pick([1, 2, 2, 3]),
    hosts: drawHosts(draws),
    log: {
      requestLost: share(0.2),
      answerLost: share(0.25),
      late: share(0.18),
      twice: share(0.25),
      reset: share(0.2),
      torn: share(0.4),
      rowMissing: share(0.25),
      wayMs: draws.pick([1, 3, 10, 40]),
      lateMs: draws.pick([10, 300, 3_000, 12_000]),
      fetchMax: draws.pick([5, 50, 200, 1_000]),
      gatherMs: draws.pick([0, 5, 20, 20]),
    },
    group: {
      sessionMs: draws.pick([1_000, 3_000, 6_000]),
      hearMs: draws.pick([2, 20, 300, 3_000]),
      joinMs: draws.pick([5, 50, 500]),
      uneven: draws.chance(0.5) ? 0.5 : 0,
    },
    requestTimeoutMs: draws.pick([100, 300, 1_000]),
    // a slice of one record is an append of its own, the dearest way to run: fewer seeds have it
    sliceRecordsMax: draws.pick([1, 5, 20, 20, 100, 100, 500, 500]),
    queueRecordsMax: draws.pick([10, 100, 2_000]),
    holdTtlMs: draws.pick([60_000, 900_000, 4_000, 700]),
    shop: {
      orders,
      withinMs: draws.pick([50, 300, 1_000, 4_000]),
      opensStocked: false,
      skus: draws.between(1, 6),
      linesMax,
      piecesMax: 3,
      hot: draws.chance(0.5) ? 0.7 : 0,
      stockPerOrder: draws.pick([0.3, 1, 4]),
      pieces: null,
      customers: 20,
      limited: 0,
      isPatient: false,
      declined: share(0.3),
      repeated: share(0.2),
      reused: share(0.1),
      refused: share(0.1),
      poison: share(0.1),
      movements: share(0.1),
      afterSales: share(0.3),
    },
    nemesis: {
      kills: count(3),
      apiKills: count(2),
      freezes: count(4),
      rebalances: count(5),
      brokerClockSteps: count(4),
      processClockSteps: count(2),
      sleepMs: draws.pick([300, 3_000, 12_000]),
      restartMs: draws.pick([50, 500, 3_000]),
      clockStepMs: draws.pick([500, 3_000, 20_000]),
    },
    parts: drawParts(draws),
    snapshotEvents: draws.pick([0, 8, 30, 150]),
  };
}

const layouts: readonly [readonly RoleName[][], ...(readonly RoleName[][])[]] = [
  [['orders', 'stock', 'catalogue', 'payments']],
  [
    ['orders', 'stock'],
    ['catalogue', 'payments'],
  ],
  [['orders'], ['stock'], ['catalogue'], ['payments']],
];

/** Views and sink decide nothing: a part of the seeds is enough to see them fold (`folds` has them all), and cheaper. */
const followerRoles: readonly RoleName[] = ['views', 'sink'];
const followerShare = 0.1;

function drawHosts(draws: Draws): Shape['hosts'] {
  const followers = followerRoles.filter(() => draws.chance(followerShare)).map((role) => [role]);
  return [...draws.pick(layouts), ...followers].map((roles) => ({ roles, copies: draws.pick([1, 2, 2]) }));
}
