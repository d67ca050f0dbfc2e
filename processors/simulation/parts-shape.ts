import type { CutRule } from '../../sinks/clickhouse/cut-blocks.ts';
import type { Draws } from './draws.ts';
import type { LinkFaults } from './link.ts';
import type { InsertFaults } from './simulated-ledger.ts';
import type { ProviderFaults } from './simulated-provider.ts';
import type { WebhookFaults } from './simulated-webhooks.ts';

/** What the parts beside the log are like in one run: Redis (store), ClickHouse (table), the provider. */
export interface PartsShape {
  readonly store: LinkFaults;
  readonly table: LinkFaults;
  readonly provider: LinkFaults;
  readonly insert: InsertFaults;
  readonly replies: ProviderFaults;
  readonly webhooks: WebhookFaults;
  /** A part of a table holds this much time, ms: ClickHouse's months, made short enough to be met. */
  readonly tablePartMs: number;
  /** Each start of a sink is configured with one of them. */
  readonly rules: readonly [CutRule, ...CutRule[]];
  /** How many of each blow fall while the shop is open. */
  readonly blows: {
    readonly redisEmptied: number;
    readonly redisWentBack: number;
    readonly redisIll: number;
    readonly tableAway: number;
    readonly tokensForgotten: number;
    readonly providerAway: number;
  };
  /** An outage lasts up to this, ms. */
  readonly awayMs: number;
}

/** Draws them; swarm, as `drawShape`: each fault is off in half of the seeds. */
export function drawParts(draws: Draws): PartsShape {
  const share = (most: number): number => (draws.chance(0.5) ? (draws.below(1_000) / 1_000) * most : 0);
  const count = (most: number): number => (draws.chance(0.5) ? draws.below(most + 1) : 0);
  const link = (): LinkFaults => ({
    requestLost: share(0.1),
    answerLost: share(0.1),
    late: share(0.1),
    twice: share(0.1),
    reset: share(0.1),
    wayMs: draws.pick([1, 5, 40]),
    lateMs: draws.pick([10, 300, 3_000]),
  });
  const rule = (): CutRule => ({
    intervalMs: draws.pick([200, 1_000, 2_000]),
    rowsMax: draws.pick([5, 50, 500]),
  });
  return {
    store: link(),
    table: link(),
    provider: link(),
    insert: { torn: share(0.3), gapMs: draws.pick([0, 2, 50]) },
    replies: { odd: share(0.3), workMs: draws.pick([0, 5, 100, 2_000]) },
    webhooks: {
      isOn: draws.chance(0.25),
      lost: share(0.5),
      twice: share(0.3),
      orphan: share(0.05),
      lateMs: draws.pick([0, 50, 3_000]),
    },
    tablePartMs: draws.pick([30 * 86_400_000, 700, 5_000]),
    rules: draws.chance(0.5) ? [rule(), rule()] : [rule()],
    blows: {
      redisEmptied: count(2),
      redisWentBack: count(2),
      redisIll: count(3),
      tableAway: count(2),
      tokensForgotten: count(3),
      providerAway: count(2),
    },
    awayMs: draws.pick([100, 1_000, 4_000]),
  };
}
