import {
  inboxOf,
  journalOf,
  processorNames,
  quarantineOf,
  snapshotsOf,
} from '../../schemas/topic-catalogue.ts';
import type { LearnWriter } from '../runtime/ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { RoleName, Shape } from './shape.ts';
import type { SimCodecs } from './sim-codecs.ts';
import { type GroupFaults, SimGroup } from './sim-group.ts';
import { SimLog } from './sim-log.ts';
import type { LogFaults } from './sim-log-client.ts';
import { SimParts } from './sim-parts.ts';
import type { SimProcess } from './sim-process.ts';
import { calmLink } from './link.ts';
import { startHost } from './sim-host.ts';

/** What a run came to that it must not. */
export interface Breach {
  /** An invariant of the auditor, or `page`, `crash`, `rest`, `replay`. */
  readonly rule: string;
  readonly what: string;
}

/** One simulated world: a log, groups, the parts beside them, and processes that run the real code over their ports. */
export class SimWorld {
  readonly scheduler: Scheduler;
  readonly shape: Shape;
  readonly codecs: SimCodecs;
  readonly log: SimLog;
  readonly groups: Readonly<Record<RoleName, SimGroup>>;
  /** Of this run, and healed at its end. */
  readonly faults: { readonly log: LogFaults; readonly group: GroupFaults };
  readonly parts: SimParts;
  readonly breaches: Breach[] = [];
  /** What somebody was paged for; a breach, unless this run is to have it. */
  readonly pages: string[] = [];
  toleratesPages = false;
  /** By `orders/0`: seq of the last event that its owner knows to be acknowledged. */
  readonly acknowledged = new Map<string, number>();
  /** Living and stopped processes with their roles. */
  readonly hosts = new Map<SimProcess, readonly RoleName[]>();
  private started = 0;

  constructor(scheduler: Scheduler, shape: Shape, codecs: SimCodecs) {
    this.scheduler = scheduler;
    this.shape = shape;
    this.codecs = codecs;
    this.log = new SimLog(scheduler);
    this.parts = new SimParts(scheduler, shape.parts);
    this.faults = { log: { ...shape.log }, group: { ...shape.group } };
    for (const name of processorNames)
      for (const topic of [inboxOf(name), journalOf(name), quarantineOf(name), snapshotsOf(name)])
        this.log.createTopic(topic, shape.partitions);
    const group = (...topics: readonly string[]): SimGroup =>
      new SimGroup({
        scheduler,
        log: this.log,
        topics,
        partitions: shape.partitions,
        faults: this.faults.group,
        network: this.faults.log,
      });
    this.groups = {
      orders: group(inboxOf('orders')),
      stock: group(inboxOf('stock')),
      catalogue: group(inboxOf('catalogue')),
      payments: group(journalOf('orders')),
      views: group(journalOf('orders'), journalOf('stock')),
      sink: group(journalOf('orders'), journalOf('stock')),
    };
  }

  start(roles: readonly RoleName[]): SimProcess {
    this.started += 1;
    const process = startHost(this, `p${this.started}`, roles);
    this.hosts.set(process, roles);
    this.scheduler.note(() => `${process.name} starts: ${roles.join(', ')}`);
    return process;
  }

  kill(process: SimProcess): void {
    this.scheduler.note(() => `${process.name} is killed`);
    process.kill();
    this.hosts.delete(process);
  }

  hasRole(role: RoleName): boolean {
    return this.shape.hosts.some(({ roles }) => roles.includes(role));
  }

  /** Nothing goes wrong any more. What is on its way still arrives, and who sleeps still wakes when he does. */
  heal(): void {
    Object.assign(this.faults.log, { ...calmLink, torn: 0, rowMissing: 0, fetchMax: 1_000, gatherMs: 20 });
    Object.assign(this.faults.group, { ...this.faults.group, hearMs: 2, joinMs: 5, uneven: 0 });
    this.parts.heal();
    this.log.clockLeadMs.fill(0);
    for (const process of this.hosts.keys()) process.clockLeadMs = 0;
    this.scheduler.note(() => 'healed');
  }

  page(what: string): void {
    this.pages.push(what);
    if (this.toleratesPages) this.scheduler.note(() => `page: ${what}`);
    else this.fail('page', what);
  }

  fail(rule: string, what: string): void {
    this.breaches.push({ rule, what });
    this.scheduler.note(() => `VIOLATION ${rule}: ${what}`);
  }

  /** The registry denies every id it did not give out. */
  readonly learnWriter: LearnWriter = async () => ({ is: 'poison', reason: 'unknown-schema' });
}
