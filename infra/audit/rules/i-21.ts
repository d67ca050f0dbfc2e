import type { ClientStep } from '../../../schemas/client-journal.ts';
import { orderIdOf } from '../../../schemas/ids.ts';
import { storeOf } from '../aggregate-id.ts';
import { createFindings, type Rule, whereOf } from '../rule.ts';
import { commandOf, ordersPath } from '../client-commands.ts';

/**
 * I-21: whatever came of a request is of the store of its credential: the order under its key, everything said of that
 * order by orders and stock, and the outcome of every other command.
 */
export function createI21(): Rule {
  const findings = createFindings('I-21');
  /** Store of the credential, by order id and command id. */
  const orders = new Map<string, string>();
  const commands = new Map<string, string>();
  let hasClient = false;

  return {
    id: 'I-21',
    onClient(step: ClientStep) {
      hasClient = true;
      // The answer may be lost: the request alone says whose it is.
      if (step.step !== 'invoke') return;
      const commandId = commandOf(step);
      if (step.path === ordersPath) orders.set(orderIdOf(step.store, step.key), step.store);
      else if (commandId !== null) commands.set(commandId, step.store);
    },
    onFact(fact) {
      const { body } = fact.event;
      const store = storeOf(body);
      if (store === null) return;
      const { orderId, commandId } = body as { orderId?: string; commandId?: string | null };
      const owner =
        orderId === undefined
          ? commandId == null
            ? undefined
            : commands.get(commandId)
          : orders.get(orderId);
      if (owner === undefined) return;
      findings.check(
        owner === store,
        () =>
          `${whereOf(fact)}: ${body.type} is of store ${store}, the credential of ${orderId ?? `command ${commandId}`} of ${owner}`,
      );
    },
    end: () => findings.report(hasClient ? undefined : 'there is no client journal'),
  };
}
