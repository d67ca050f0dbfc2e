import { lostReplyRates } from '../../infra/psp/simulator/lost-replies.ts';
import type { Draws } from './draws.ts';
import { calmLink } from './link.ts';
import { judgeHotSku, type SaleCounts } from './judge-hot-sku.ts';
import { judgeScarcity } from './judge-scarcity.ts';
import { cutPower } from './power-cut.ts';
import { ordersMax, type Shape } from './shape.ts';
import type { SimWorld } from './sim-world.ts';
import type { Sometimes } from './sometimes.ts';

/** What the end of a run is judged by. */
export interface Ending {
  readonly world: SimWorld;
  readonly isAtRest: boolean;
  /** Orders the clients asked for. */
  readonly attempts: number;
  /** The production auditor over the whole world. */
  readonly audit: () => Promise<void>;
  /** How far the world is from rest, in words. */
  readonly describe: () => string;
}

/** A kind of run: what it makes of the seed's shape, and what must have become of it. */
export interface Profile {
  readonly name: ProfileName;
  adapt(shape: Shape): Shape;
  /** What befalls the world beside its shape's faults. */
  readonly begin?: (world: SimWorld, stormMs: number) => void;
  /** What it counts beside the auditor is returned, if it counts. */
  judge(ending: Ending): Promise<SaleCounts | void>;
  /** Orders of one run at most, where it is not the usual number. */
  readonly ordersMax?: number;
  /** What runs of it alone must have reached, or they are void; without it everything that is named. */
  readonly reaches?: readonly Sometimes[];
}

export const profileNames = [
  'swarm',
  'calm',
  'two-owners',
  'folds',
  'power-cut',
  'scarce',
  'hot-sku',
  'lost-replies',
] as const;
export type ProfileName = (typeof profileNames)[number];

/** Orders of one run at most. */
export const ordersMaxOf = (name: ProfileName | undefined): number =>
  (name && profiles[name].ordersMax) ?? ordersMax;

/** What runs of this profile alone must have reached; undefined: everything that is named. */
export const reachesOf = (name: ProfileName | undefined): readonly Sometimes[] | undefined =>
  name && profiles[name].reaches;

const audited = async ({ world, isAtRest, audit, describe }: Ending): Promise<void> => {
  if (isAtRest) await audit();
  else world.fail('rest', `not at rest in time after the last heal: ${describe()}`);
};

/**
 * Acknowledged data is gone, and whoever worked with it lives: it must be seen, or nothing of it was lost after all. A
 * Tick whose offset another Tick has taken is missed by nobody: its stamp alone differs (I-12).
 */
const pagedOrWhole = async (ending: Ending): Promise<void> => {
  const { pages, breaches, scheduler } = ending.world;
  if (pages.length > 0) {
    scheduler.reached.reach('loss found');
    return;
  }
  await audited(ending);
  const missed = breaches.filter(({ rule }) => rule !== 'I-12');
  breaches.splice(0, breaches.length, ...missed);
};

const profiles: Readonly<Record<ProfileName, Profile>> = {
  /** Faults as the seed draws them. */
  swarm: { name: 'swarm', adapt: (shape) => shape, judge: audited },
  /** No fault at all: then nothing is refused, quarantined or expired that the workload did not ask for (I-19). */
  calm: { name: 'calm', adapt: calmed, judge: audited },
  /** The group is no help: it tells nobody of a rebalance in time, so that only the journal knows its owner. */
  'two-owners': {
    name: 'two-owners',
    adapt: (shape) => ({
      ...shape,
      hosts: shape.hosts.map(({ roles }) => ({ roles, copies: 2 })),
      group: { ...shape.group, sessionMs: 600, hearMs: 4_000, joinMs: 200, uneven: 0.8 },
      nemesis: { ...shape.nemesis, rebalances: Math.max(4, shape.nemesis.rebalances) },
    }),
    judge: audited,
  },
  /** Views and sink take the blows: two of each, what they write to torn, emptied, forgetful and away. */
  folds: { name: 'folds', adapt: foldsStruck, judge: audited },
  /** A provider that moves money and loses the reply; whatever else the seed draws goes wrong too. */
  'lost-replies': {
    name: 'lost-replies',
    adapt: (shape) => ({
      ...shape,
      shop: { ...shape.shop, afterSales: Math.max(0.2, shape.shop.afterSales) },
      parts: { ...shape.parts, webhooks: { isOn: true, lost: 0.1, twice: 0.1, orphan: 0, lateMs: 2_000 } },
    }),
    begin({ parts, scheduler, shape }) {
      parts.provider.control({ do: 'set-rates', rates: lostReplyRates });
      for (let i = 0; i < shape.shop.orders; i += 1) scheduler.reached.reach('order while replies are lost');
    },
    judge: audited,
  },
  /** A broker loses what it had acknowledged (P5): somebody must stop and page. */
  'power-cut': {
    name: 'power-cut',
    adapt: (shape) => ({
      ...shape,
      hosts: shape.hosts.map(({ roles }) => ({ roles, copies: 1 })),
      nemesis: { ...shape.nemesis, kills: 0, freezes: 0 },
    }),
    begin(world, stormMs) {
      world.toleratesPages = true;
      const atMs = Math.floor(stormMs / 2) + world.scheduler.draws.faults.below(Math.floor(stormMs / 2));
      world.scheduler.after(atMs, () => cutPower(world));
    },
    judge: pagedOrWhole,
  },
  /** Two hundred customers for a handful of pieces, under kills and rebalances: never more is sold than came in. */
  scarce: {
    name: 'scarce',
    adapt: ({ shop, nemesis, ...shape }) => ({
      ...shape,
      shop: {
        ...shop,
        orders: shop.orders * 2,
        withinMs: 4_000,
        skus: 10,
        pieces: { least: 1, most: 5 },
        customers: 200,
        limited: 0.2,
        movements: 0,
      },
      nemesis: {
        ...nemesis,
        kills: Math.max(2, nemesis.kills),
        rebalances: Math.max(3, nemesis.rebalances),
      },
    }),
    async judge(ending) {
      await audited(ending);
      judgeScarcity(ending.world);
    },
  },
  /** One SKU, fifty attempts for each of its pieces, under kills, rebalances and a bad log: all are sold, each once. */
  'hot-sku': {
    name: 'hot-sku',
    ordersMax: 50_000,
    adapt: rushed,
    async judge(ending) {
      await audited(ending);
      return judgeHotSku(ending.world, ending.attempts);
    },
    reaches: [
      'log request-lost',
      'log answer-lost',
      'log late',
      'log twice',
      'log reset',
      'torn send',
      'kill',
      'rebalance',
      'api killed',
      'take-over',
      'messages resent',
      'repeat dropped',
      'sold out',
      'last piece sold',
    ],
  },
};

/** Shares of the seeds, in percent; the rest is `swarm`. */
const shares: readonly (readonly [ProfileName, number])[] = [
  ['calm', 4],
  ['two-owners', 8],
  ['folds', 8],
  ['power-cut', 4],
  ['scarce', 4],
  ['lost-replies', 11],
];

/** The profile a seed draws, or the one that is asked for: the draw is made either way, so that the rest stays. */
export function profileOf(draws: Draws, asked: ProfileName | undefined): Profile {
  let at = draws.below(100);
  for (const [name, share] of shares) {
    if ((at -= share) < 0) return profiles[asked ?? name];
  }
  return profiles[asked ?? 'swarm'];
}

function calmed(shape: Shape): Shape {
  const { log, nemesis, shop, parts } = shape;
  return {
    ...shape,
    log: { ...log, ...calmLink, torn: 0, rowMissing: 0 },
    group: { ...shape.group, hearMs: 2, joinMs: 5, uneven: 0 },
    shop: { ...shop, poison: 0 },
    parts: {
      ...parts,
      store: calmLink,
      table: calmLink,
      provider: calmLink,
      insert: { torn: 0, gapMs: 0 },
      replies: { odd: 0, workMs: 0 },
      webhooks: { isOn: true, lost: 0, twice: 0, orphan: 0, lateMs: 0 },
      blows: noBlows,
    },
    nemesis: {
      ...nemesis,
      kills: 0,
      apiKills: 0,
      freezes: 0,
      rebalances: 0,
      brokerClockSteps: 0,
      processClockSteps: 0,
    },
  };
}

/** Of 50 attempts one gets a piece; whoever gets one pays, and nobody changes his mind. */
function rushed({ shop, nemesis, parts, log, ...shape }: Shape): Shape {
  const { orders } = shop;
  const least = (share: number): number => Math.max(0.02, share);
  return {
    ...shape,
    partitions: Math.max(2, shape.partitions), // a send to one alone cannot be torn
    // ways and slices of a log that is bad, not slow: thousands of commands a second have to pass
    sliceRecordsMax: Math.max(100, shape.sliceRecordsMax),
    queueRecordsMax: 2_000,
    snapshotEvents: shape.snapshotEvents === 0 ? 0 : Math.max(shape.snapshotEvents, orders / 5),
    holdTtlMs: 900_000,
    log: {
      ...log,
      requestLost: least(log.requestLost),
      answerLost: least(log.answerLost),
      late: least(log.late),
      twice: least(log.twice),
      reset: least(log.reset),
      torn: least(log.torn),
      wayMs: Math.min(10, log.wayMs),
      fetchMax: Math.max(200, log.fetchMax),
    },
    shop: {
      ...shop,
      withinMs: Math.max(1_000, Math.floor(orders * 1.2)),
      opensStocked: true,
      isPatient: true,
      skus: 1,
      linesMax: 1,
      piecesMax: 1,
      stockPerOrder: 1 / 50,
      customers: 200,
      // a piece given back after the last attempt would be nobody's fault and unsold
      declined: 0,
      refused: 0,
      reused: 0,
      poison: Math.min(0.01, shop.poison),
      afterSales: 0,
      movements: 0,
    },
    nemesis: {
      ...nemesis,
      kills: Math.max(3, Math.floor(orders / 2_500)),
      apiKills: 2,
      rebalances: Math.max(4, Math.floor(orders / 2_000)),
    },
    parts: {
      ...parts,
      provider: calmLink,
      replies: { odd: 0, workMs: 0 },
      blows: { ...parts.blows, providerAway: 0 },
    },
  };
}

function foldsStruck(shape: Shape): Shape {
  const { group, nemesis, shop, parts } = shape;
  const [first] = parts.rules;
  return {
    ...shape,
    hosts: [
      { roles: ['orders', 'stock', 'catalogue', 'payments'], copies: 1 },
      { roles: ['views'], copies: 2 },
      { roles: ['sink'], copies: 2 },
    ],
    log: { ...shape.log, ...calmLink, torn: 0, rowMissing: 0 },
    group: { ...group, sessionMs: 600 },
    shop: { ...shop, withinMs: 4_000 },
    nemesis: { ...nemesis, kills: 3, freezes: 8, rebalances: 2, sleepMs: 5_000, restartMs: 3_000 },
    parts: {
      ...parts,
      table: { ...parts.table, lateMs: 10 },
      insert: { torn: 0.15, gapMs: Math.min(parts.insert.gapMs, 2) },
      tablePartMs: 1_000,
      rules: [first, { intervalMs: 700, rowsMax: 7 }],
      blows: { ...parts.blows, redisEmptied: 1, redisWentBack: 1, redisIll: 1, tokensForgotten: 24 },
    },
  };
}

const noBlows: Shape['parts']['blows'] = {
  redisEmptied: 0,
  redisWentBack: 0,
  redisIll: 0,
  tableAway: 0,
  tokensForgotten: 0,
  providerAway: 0,
};
