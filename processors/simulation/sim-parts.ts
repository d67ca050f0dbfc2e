import type { Psp } from '../../infra/psp/psp.ts';
import type { Ledger } from '../../sinks/clickhouse/ledger.ts';
import type { CutRule } from '../../sinks/clickhouse/cut-blocks.ts';
import type { ViewStore } from '../views/view-store.ts';
import { calmLink, createLink, type Link, type LinkFaults, type Part } from './link.ts';
import type { PartFault } from './part-faults.ts';
import type { PartsShape } from './parts-shape.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimProcess } from './sim-process.ts';
import { ClickHouseModel } from './simulated-clickhouse.ts';
import { createSimulatedLedger, type InsertFaults } from './simulated-ledger.ts';
import { createSimulatedPsp, ExchangeLost, ProviderModel } from './simulated-provider.ts';
import { RedisModel } from './simulated-redis.ts';
import { createSimulatedStore } from './simulated-store.ts';

/** When a caller gives up on each part, ms. */
const timeoutsMs = { store: 500, table: 2_000, provider: 1_000 } as const;
type SidePart = keyof typeof timeoutsMs;

/** The parts beside the log, the ways to them, and the blows they take. */
export class SimParts {
  readonly redis = new RedisModel();
  readonly clickhouse: ClickHouseModel;
  readonly provider: ProviderModel;
  private readonly scheduler: Scheduler;
  private readonly shape: PartsShape;
  /** Of this run, and healed at its end. */
  private readonly faults: Readonly<Record<SidePart, LinkFaults>>;
  private readonly insertFaults: InsertFaults;
  private kept: ReturnType<RedisModel['keep']> = new Map();

  constructor(scheduler: Scheduler, shape: PartsShape) {
    this.scheduler = scheduler;
    this.shape = shape;
    this.faults = { store: { ...shape.store }, table: { ...shape.table }, provider: { ...shape.provider } };
    this.insertFaults = { ...shape.insert };
    this.clickhouse = new ClickHouseModel({
      partOf: (atMs) => String(Math.floor(atMs / shape.tablePartMs)),
    });
    this.provider = new ProviderModel(scheduler, { ...shape.replies });
  }

  connectStore(caller: SimProcess): ViewStore {
    return createSimulatedStore(this.scheduler, this.linkTo('store', caller), this.redis);
  }

  connectLedger(caller: SimProcess): Ledger {
    const clickhouse = { model: this.clickhouse, faults: this.insertFaults };
    return createSimulatedLedger(this.scheduler, this.linkTo('table', caller), clickhouse);
  }

  connectPsp(caller: SimProcess): Psp {
    const link = this.linkTo('provider', caller, (why) => new ExchangeLost(why));
    return createSimulatedPsp(this.scheduler, link, this.provider);
  }

  /** The cutting rule that a sink is started with. */
  drawRule(): CutRule {
    const [first, ...more] = this.shape.rules;
    return this.scheduler.draws.workload.pick([first, ...more]);
  }

  heal(): void {
    for (const faults of Object.values(this.faults)) Object.assign(faults, calmLink);
    Object.assign(this.insertFaults, { torn: 0, gapMs: 2 } satisfies InsertFaults);
    Object.assign(this.provider.faults, { odd: 0, workMs: 0 });
    this.provider.control({ do: 'set-rates', rates: '' });
    this.redis.condition = 'sound';
    this.clickhouse.isAway = false;
    this.provider.isAway = false;
  }

  /** How many of each blow a run deals, and what the blow does. */
  blows(): readonly (readonly [number, () => void])[] {
    const { blows } = this.shape;
    return [
      [blows.redisEmptied, () => this.emptyRedis()],
      [blows.redisWentBack, () => this.takeRedisBack()],
      [blows.redisIll, () => this.ailRedis()],
      [blows.tableAway, () => this.away('table away', this.clickhouse)],
      [blows.tokensForgotten, () => this.forgetTokens()],
      [blows.providerAway, () => this.away('provider away', this.provider)],
    ];
  }

  private emptyRedis(): void {
    this.reach('redis emptied');
    this.redis.empty();
  }

  /** Now it keeps a state; in a while it goes back to it. */
  private takeRedisBack(): void {
    this.kept = this.redis.keep();
    this.scheduler.after(this.scheduler.draws.faults.below(this.shape.awayMs + 1), () => {
      this.reach('redis went back');
      this.redis.goBack(this.kept);
    });
  }

  private ailRedis(): void {
    const condition = this.scheduler.draws.faults.pick<'away' | 'full' | 'read-only'>([
      'away',
      'full',
      'read-only',
    ]);
    this.reach(`redis ${condition}`);
    this.redis.condition = condition;
    this.later(() => (this.redis.condition = 'sound'));
  }

  /** Of what was written so long ago that no statement sent before can still be on its way. */
  private forgetTokens(): void {
    this.reach('table tokens forgotten');
    const lateMs =
      timeoutsMs.table + this.shape.table.lateMs + this.shape.table.wayMs + 10 * this.shape.insert.gapMs;
    this.clickhouse.forgetTokens(this.scheduler.nowMs() - lateMs);
  }

  private away(name: PartFault, part: { isAway: boolean }): void {
    this.reach(name);
    part.isAway = true;
    this.later(() => (part.isAway = false));
  }

  private later(end: () => void): void {
    this.scheduler.after(this.scheduler.draws.faults.below(this.shape.awayMs + 1), end);
  }

  private reach(name: PartFault): void {
    this.scheduler.reached.reach(name);
    this.scheduler.note(() => name);
  }

  private linkTo(
    to: SidePart & Part,
    caller: SimProcess,
    lost: Link['lost'] = (why) => new Error(`no answer of the ${to}: ${why}`),
  ): Link {
    return createLink({ caller, to, faults: this.faults[to], timeoutMs: timeoutsMs[to], lost });
  }
}
