import type { EventBody } from '../../../schemas/generated/orders-events.ts';
import { whyNotExpired } from '../expiry.ts';
import { createFindings, type Fact, type Rule, whereOf } from '../rule.ts';
import type { Walks } from '../walks.ts';

/** DESIGN §3, Snapshots. */
const archiveAfterMs = 400 * 86_400_000;

/**
 * I-12: time in a partition never falls and is the log's: an event's `atMs` is the greater of the time before and its
 * cause's append time. Watermarks never fall and nothing older follows one. An order expires by a Tick, not before
 * its deadline, or with its reservation, and leaves the state 400 days after its rest.
 */
export function createI12(walks: Walks): Rule {
  const findings = createFindings('I-12');
  let timeMs = 0;
  let watermarkMs = 0;

  function checkTime(fact: Fact): void {
    const { event, cause } = fact;
    const { atMs } = event;
    findings.check(atMs >= timeMs, () => `${whereOf(fact)}: time falls from ${timeMs} to ${atMs}`);
    findings.check(
      atMs >= watermarkMs,
      () => `${whereOf(fact)}: ${atMs} is older than the watermark ${watermarkMs} before it`,
    );
    if (typeof cause !== 'string') {
      const wantedMs = Math.max(timeMs, cause.atMs);
      findings.check(
        atMs === wantedMs,
        () => `${whereOf(fact)}: it is stamped ${atMs}, by the log it is ${wantedMs}`,
      );
    }
    timeMs = Math.max(timeMs, atMs);
  }

  function checkExpiry(fact: Fact, body: Extract<EventBody, { type: 'UnwindStarted' }>): void {
    const order = walks.orders.get(body.orderId);
    if (body.to !== 'Expired' || !order) return;
    const wrong = whyNotExpired(body, fact, order);
    findings.check(wrong === null, () => `${whereOf(fact)}: ${wrong}`);
  }

  return {
    id: 'I-12',
    onFact(fact) {
      checkTime(fact);
      const { body } = fact.event;
      if (body.type === 'TimePassed') {
        findings.check(
          body.atMs === fact.event.atMs && body.atMs >= watermarkMs,
          () => `${whereOf(fact)}: the watermark ${body.atMs} after ${watermarkMs}, at ${fact.event.atMs}`,
        );
        watermarkMs = Math.max(watermarkMs, body.atMs);
      } else if (body.type === 'UnwindStarted') {
        checkExpiry(fact, body);
      } else if (body.type === 'OrderArchived') {
        findings.check(
          fact.event.atMs - body.atRestSinceMs >= archiveAfterMs,
          () => `${whereOf(fact)}: order ${body.orderId} is archived, it rests since ${body.atRestSinceMs}`,
        );
      }
    },
    onPartitionEnd() {
      timeMs = 0;
      watermarkMs = 0;
    },
    end: () => findings.report(),
  };
}
