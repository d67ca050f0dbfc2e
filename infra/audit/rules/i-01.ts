import type { ClientStep } from '../../../schemas/client-journal.ts';
import { orderIdOf } from '../../../schemas/ids.ts';
import type { Body } from '../../../schemas/envelope.ts';
import { commandOf, ordersPath } from '../client-commands.ts';
import { createFindings, type Rule } from '../rule.ts';

/** What a client asked under one key, and what it was told. */
interface Asked {
  readonly step: ClientStep;
  invokes: number;
  oks: number;
  fails: number;
  /** Answers by which an order may exist all the same. */
  unknowns: number;
  /** Digests of bodies that were taken. */
  readonly taken: Set<string>;
}

const reused = 'idempotency-key-reused';

/**
 * I-01: a 202 has exactly one `OrderPlaced`, or the refusal of a reused key; a key only ever refused has none; an
 * unknown one at most one. Every other POST and PUT: one effect a command id.
 * From the client journals and the journals. A quarantined command is a lost one: it leaves no `OrderPlaced`.
 */
export function createI01(): Rule {
  const findings = createFindings('I-01');
  const placed = new Map<string, number>();
  const refusedReuse = new Map<string, number>();
  /**
   * Decisions with effects, and outcomes of any kind, of each command from outside.
   */
  const effects = new Map<string, number>();
  let [decision, decided] = ['', ''];
  const outcomes = new Set<string>();
  const asked = new Map<string, Asked>();
  /** Without rest, what was promised may stand in the inbox and not be decided yet. */
  let isDecided = true;

  function judgeOrder(of: Asked): void {
    const { step, taken } = of;
    const orderId = orderIdOf(step.store, step.key);
    const count = placed.get(orderId) ?? 0;
    const refusals = refusedReuse.get(orderId) ?? 0;
    const words = `order ${orderId} (key ${step.key})`;
    if (of.oks > 0) {
      findings.check(
        isDecided ? count === 1 : count <= 1,
        () => `${words} was answered 202 and has ${count} OrderPlaced`,
      );
      const others = taken.size - 1;
      if (others > 0 && isDecided)
        findings.check(
          refusals >= others,
          () => `${words}: ${taken.size} bodies were answered 202, ${refusals} refused as key-reused`,
        );
      return;
    }
    if (isOnlyRefused(of))
      findings.check(count === 0, () => `${words} was only ever refused and has ${count} OrderPlaced`);
    else findings.check(count <= 1, () => `${words} has an unknown answer and ${count} OrderPlaced`);
  }

  function judgeOther(of: Asked): void {
    const { method, path, key } = of.step;
    const commandId = commandOf(of.step);
    const words = `${method} ${path} (key ${key}, command ${commandId})`;
    if (commandId === null) return;
    if (of.oks > 0 && isDecided)
      findings.check(outcomes.has(commandId), () => `${words} was answered 2xx and has no event`);
    if (isOnlyRefused(of))
      findings.check(!effects.has(commandId), () => `${words} was only ever refused and has an effect`);
  }

  return {
    id: 'I-01',
    begin({ atRest }) {
      isDecided = atRest;
    },
    onFact({ processor, partition, event: { body, cause } }) {
      if (body.type === 'OrderPlaced') add(placed, body.orderId);
      if (body.type === 'CommandRefused' && body.reason === 'key-reused' && processor === 'orders')
        add(refusedReuse, body.key);
      const commandId = commandIdIn(body);
      if (commandId === null) return;
      outcomes.add(commandId);
      if (!isEffect(body)) return;
      const here = `${processor}/${partition} ${cause.offset} ${commandId}`;
      // One decision may say several things of its command, each once.
      if (here !== decision || body.type === decided) add(effects, commandId);
      [decision, decided] = [here, body.type];
    },
    onClient(step) {
      const at = `${step.store} ${step.method} ${step.path} ${step.key}`;
      const of = asked.get(at) ?? {
        step,
        invokes: 0,
        oks: 0,
        fails: 0,
        unknowns: 0,
        taken: new Set<string>(),
      };
      asked.set(at, of);
      if (step.step === 'invoke') of.invokes += 1;
      if (step.step === 'unknown') of.unknowns += 1;
      if (step.step === 'fail') {
        // Another body holds the key, so an order under it is no wonder.
        if (step.code === reused) of.unknowns += 1;
        else of.fails += 1;
      }
      if (step.step !== 'ok') return;
      of.oks += 1;
      of.taken.add(step.digest);
    },
    end() {
      for (const of of asked.values()) {
        if (of.step.path === ordersPath) judgeOrder(of);
        else judgeOther(of);
      }
      // Without a client there is nobody to be held to: effects alone are no check of I-01.
      for (const [commandId, count] of effects) {
        if (count > 1) findings.violate(`command ${commandId} has ${count} effects`);
      }
      return findings.report('there is no client journal');
    },
  };
}

const isOnlyRefused = ({ fails, unknowns, invokes }: Asked): boolean =>
  fails > 0 && unknowns === 0 && invokes === fails;

const add = (counts: Map<string, number>, id: string): void => {
  counts.set(id, (counts.get(id) ?? 0) + 1);
};

function commandIdIn(body: Body): string | null {
  const { commandId } = body as { commandId?: unknown };
  return typeof commandId === 'string' ? commandId : null;
}

/** A refusal and a no-op are outcomes, not effects. */
const isEffect = ({ type }: Body): boolean => type !== 'CommandRefused' && type !== 'CommandIgnored';
