import type { Command, SettlementLine } from '../../schemas/generated/orders-commands.ts';
import { partitionOf } from '../../schemas/murmur2.ts';
import { inboxOf } from '../../schemas/topic-catalogue.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import type { Log } from '../clients/log.ts';
import type { SettlementEntry } from '../psp/psp.ts';
import type { Difference } from './difference.ts';

/** The line as a command: a reason to look. Under its order where it names one, else under the payment's reference. */
export const toCommand = (
  psp: string,
  { store, orderId }: Pick<Difference, 'store' | 'orderId'>,
  line: SettlementEntry,
): Command<SettlementLine> => ({
  store,
  commandId: null,
  fingerprint: null,
  requestId: null,
  body: {
    type: 'SettlementLine',
    orderId: orderId ?? `psp:${line.pspRef}`,
    psp,
    lineId: line.lineId,
    day: line.day,
    kind: line.kind,
    pspRef: line.pspRef,
    opId: line.opId ?? null,
    grossMinor: line.gross.minor,
    feeMinor: line.feeMinor,
    netMinor: line.netMinor,
    currency: line.gross.currency,
    settledMinor: line.settled?.minor ?? null,
    settledCurrency: line.settled?.currency ?? null,
  },
});

/** Appends a command to its order's partition. Throws if the log does not say that it took it. */
export async function appendLine(
  log: Pick<Log, 'append'>,
  codec: TopicCodec<Command>,
  partitions: number,
  command: Command<SettlementLine>,
): Promise<void> {
  const key = command.body.orderId;
  const records = [{ key, value: codec.encode(command) }];
  const partition = partitionOf(key, partitions);
  const [outcome] = await log.append([{ topic: inboxOf('orders'), partition, records }]);
  if (outcome?.is !== 'appended') {
    throw new Error(`the settlement line ${command.body.lineId} was ${outcome?.is ?? 'not answered'}`, {
      cause: outcome?.error,
    });
  }
}
