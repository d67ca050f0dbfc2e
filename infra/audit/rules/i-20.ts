import { createFindings, type InboxStep, type Rule } from '../rule.ts';

/** Older than this a watermark says that nobody owns its partition: an idle one gets a Tick every 15 s. */
export const watermarkAgeMaxMs = 20_000;

/** How far ahead of its owner's clock the log may be before the partition stops (DESIGN §3; reliability P9). */
const clockLeadMaxMs = 5 * 60_000;

/**
 * I-20: at rest no command is undecided and every partition's watermark is younger than 20 s, and not so far ahead that
 * it can only come of a clock that jumped.
 */
export function createI20(): Rule {
  const findings = createFindings('I-20');
  const watermarks = new Map<string, number>();
  const undecided = new Map<string, number>();
  let inbox = 0;

  return {
    id: 'I-20',
    onInbox({ processor, partition, record, is }: InboxStep) {
      inbox += 1;
      if (is !== 'later' || record.command?.body.type === 'Tick') return;
      const task = `${processor}/${partition}`;
      if (!undecided.has(task)) undecided.set(task, record.offset);
    },
    onFact({ processor, partition, event }) {
      if (event.body.type === 'TimePassed') watermarks.set(`${processor}/${partition}`, event.body.atMs);
    },
    onPartitionEnd({ processor, partition }) {
      const task = `${processor}/${partition}`;
      if (!watermarks.has(task)) watermarks.set(task, Number.NEGATIVE_INFINITY);
    },
    end({ atRest, restAtMs }) {
      if (!atRest) return findings.report('the pipeline is not at rest');
      if (inbox === 0 && [...watermarks.values()].every((atMs) => atMs === Number.NEGATIVE_INFINITY))
        return findings.report('nothing ever happened');
      for (const [task, atMs] of watermarks) {
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
        findings.check(
          atMs - restAtMs <= clockLeadMaxMs,
          () => `${task}: its watermark is ${atMs - restAtMs} ms ahead of the clock at rest`,
        );
      }
      return findings.report();
    },
  };
}
