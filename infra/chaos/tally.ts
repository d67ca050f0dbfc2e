import type { CrashPointName } from '../config/crash-points.ts';
import type { OutageReport } from './broker-outage.ts';
import type { KafkaAloneReport } from './kafka-alone.ts';
import type { RevokedReport } from './revoke-credential.ts';
import type { StarvedReport } from './starve.ts';

/** What a chaos run counts; each fault it can do has a line. */
export const tallied = [
  'kills',
  'zombies',
  'zombiesVoided',
  'sleepers',
  'brokerRestarts',
  'brokerOutages',
  'brokerFreezes',
  'redisWipes',
  'redisRestarts',
  'clickhouseOutages',
  'registryOutages',
  'providerOutages',
  'fullDisks',
  'linkFaults',
  'unreadableRecords',
  'quarantinedAgain',
  'starved',
  'credentialsRevoked',
] as const;

export type Tallied = (typeof tallied)[number];

/** The source of truth for what was really done to the stack. */
export class Tally {
  readonly counts: Record<Tallied, number> = Object.fromEntries(tallied.map((name) => [name, 0])) as Record<
    Tallied,
    number
  >;
  /** Crash points at which a process died or froze, with how often. */
  readonly reached = new Map<CrashPointName, number>();
  /** What was ordered and never happened. */
  readonly unreached: string[] = [];
  /** What did not hold beside the auditor's rules. */
  readonly broken: string[] = [];
  readonly outages: OutageReport[] = [];
  readonly kafkaAlone: KafkaAloneReport[] = [];
  readonly starved: StarvedReport[] = [];
  readonly revoked: RevokedReport[] = [];

  add(name: Tallied, count = 1): void {
    this.counts[name] += count;
  }

  reach(point: CrashPointName): void {
    this.reached.set(point, (this.reached.get(point) ?? 0) + 1);
  }
}
