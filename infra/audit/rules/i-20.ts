import { createFindings, type InboxStep, type Rule } from '../rule.ts';

/** Older than this a watermark says that nobody owns its partition: an idle one gets a Tick every 15 s. */
export const watermarkAgeMaxMs = 20_000;

/** How far ahead of its owner's clock the log may be before the partition stops (DESIGN §3; reliability P9). */
const clockLeadMaxMs = 5 * 60_000;

/** Of one partition's watermarks, epoch ms; -Infinity before the first. */
interface Watermarks {
  /** The last that stood in its journal at rest. */
  readonly atRest: number;
  /** The last one read: clocks tick on until the journal is read. */
  readonly last: number;
}
const noWatermark: Watermarks = { atRest: Number.NEGATIVE_INFINITY, last: Number.NEGATIVE_INFINITY };

/**
 * I-20: at rest no command is undecided and every partition's watermark is younger than 20 s, and not so far ahead that
 * it can only come of a clock that jumped. What was written after that rest is held against the clock when its journal's
 * end was asked for.
 */
export function createI20(): Rule {
  const findings = createFindings('I-20');
  const watermarks = new Map<string, Watermarks>();
  const askedAt = new Map<string, number | null>();
  const undecided = new Map<string, number>();
  let inbox = 0;
  let endsAtRest: ReadonlyMap<string, number> | undefined;

  return {
    id: 'I-20',
    begin({ journalEndsAtRest }) {
      endsAtRest = journalEndsAtRest;
    },
    onInbox({ processor, partition, record, is }: InboxStep) {
      inbox += 1;
      if (is !== 'later' || record.command?.body.type === 'Tick') return;
      const task = `${processor}/${partition}`;
      if (!undecided.has(task)) undecided.set(task, record.offset);
    },
    onFact({ processor, partition, event, offset }) {
      if (event.body.type !== 'TimePassed') return;
      const task = `${processor}/${partition}`;
      const { atMs: last } = event.body;
      const stoodAtRest = offset < (endsAtRest?.get(task) ?? Number.POSITIVE_INFINITY);
      const atRest = stoodAtRest ? last : (watermarks.get(task) ?? noWatermark).atRest;
      watermarks.set(task, { atRest, last });
    },
    onPartitionEnd({ processor, partition, askedAtMs }) {
      const task = `${processor}/${partition}`;
      askedAt.set(task, askedAtMs);
      if (!watermarks.has(task)) watermarks.set(task, noWatermark);
    },
    end({ atRest, restAtMs }) {
      if (!atRest) return findings.report('the pipeline is not at rest');
      if (inbox === 0 && [...watermarks.values()].every(({ last }) => last === Number.NEGATIVE_INFINITY))
        return findings.report('nothing ever happened');
      for (const [task, { atRest: atMs, last }] of watermarks) {
        const offset = undecided.get(task);
        findings.check(
          offset === undefined,
          () => `${task}: the command at inbox offset ${offset} is not decided at rest`,
        );
        if (restAtMs === null) continue;
        findings.check(restAtMs - atMs < watermarkAgeMaxMs, () =>
          Number.isFinite(atMs)
            ? `${task}: its watermark is ${restAtMs - atMs} ms old at rest`
            : `${task} has no watermark at rest`,
        );
        const leadMs = Math.max(atMs - restAtMs, last - Math.max(restAtMs, askedAt.get(task) ?? restAtMs));
        findings.check(
          leadMs <= clockLeadMaxMs,
          () => `${task}: its watermark is ${leadMs} ms ahead of the clock`,
        );
      }
      return findings.report();
    },
  };
}
