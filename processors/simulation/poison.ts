import type { Body, CommandEnvelope } from '../../schemas/envelope.ts';
import { inboxOf, type ProcessorName } from '../../schemas/topic-catalogue.ts';
import type { SimWorld } from './sim-world.ts';

interface BadRecord {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [string, string])[];
}

/** Appends bytes that nobody can read to an inbox, on the right and the wrong partition, with and without a key. */
export function poison(world: SimWorld, store: string): void {
  const { workload } = world.scheduler.draws;
  const to = workload.pick<ProcessorName>(['orders', 'stock', 'catalogue']);
  const at = { topic: inboxOf(to), partition: workload.below(world.shape.partitions) };
  const { key, value, headers } = badRecord(world, store, to);
  world.log.appendRaw(at, {
    key: key === null ? null : Buffer.from(key),
    value,
    headers: headers.map(([name, text]) => [name, Buffer.from(text)] as const),
  });
  world.scheduler.reached.reach('poison');
}

function badRecord({ scheduler, codecs }: SimWorld, store: string, to: ProcessorName): BadRecord {
  const body = { type: 'PutProduct', sku: 'NO', name: '', prices: [], taxBp: 0, ifVersion: null };
  const envelope = { store, commandId: null, fingerprint: null, requestId: null, body } as const;
  const good = codecs.inbox<CommandEnvelope<Body>>('catalogue').encode(envelope);
  switch (scheduler.draws.workload.below(7)) {
    case 0:
      return { key: `${store}/A`, value: null, headers: [] };
    case 1:
      return { key: `${store}/A`, value: Buffer.from([1, 2, 3]), headers: [] };
    case 2:
      return { key: `${store}/A`, value: Buffer.from([9, 0, 0, 0, 1, 1, 2, 3]), headers: [] };
    case 3:
      return { key: `${store}/A`, value: Buffer.from([0, 0, 0, 0, 99, 1, 2, 3]), headers: [] };
    case 4:
      return { key: to, value: good.subarray(0, good.length - 3), headers: [] };
    case 5:
      return { key: null, value: good, headers: [['source', 'nowhere/7 1.0']] };
    default:
      return { key: `${store}/ANOTHER`, value: good, headers: [] };
  }
}
