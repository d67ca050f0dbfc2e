import { opIdOf, orderIdOf } from '../../../schemas/ids.ts';
import { partitionOf, tickKeyOf } from '../../../schemas/murmur2.ts';

/** Every topic of the corpus has as many. */
export const partitions = 12;
export const storeId = 'S1';

/** What store S1 sells, GBP minor units: an order of `lines` comes to 2,280. */
export const priceList = { '85123A': 255, '71053': 375, '22423': 1_275 } as const;
export const lines = [
  { sku: '85123A', quantity: 6, unitMinor: priceList['85123A'] },
  { sku: '71053', quantity: 2, unitMinor: priceList['71053'] },
] as const;
export const orderTotal = 2_280;

/** Where an order a case may name stands before its first record. */
export const orderStages = {
  own: 'Holding',
  paying: 'Authorizing',
  capturing: 'Capturing',
  confirmed: 'Confirmed',
  shipped: 'Confirmed',
  expired: 'Closed',
} as const;
export type NamedOrder = keyof typeof orderStages;

export interface Placeholders {
  /** The text with every `{{name}}` in it resolved. Throws a RangeError on a name the corpus does not explain. */
  resolve(text: string): string;
  /** Of the orders that were named, those that exist before. */
  readonly orders: ReadonlySet<NamedOrder>;
}

/** Ids of one case. `schemaIds` by the words behind `schema.`. */
export function createPlaceholders(
  caseId: string,
  schemaIds: (name: string) => number,
  /** Of the record that is being built, or of the one before. */
  partition: () => number | null,
): Placeholders {
  const orders = new Set<NamedOrder>();
  const idOf = (name: string): string => orderIdOf(storeId, `${caseId}/${name}`);
  const valueOf = (name: string): string => {
    const [kind, what] = [name.slice(0, name.indexOf('.')), name.slice(name.indexOf('.') + 1)];
    if (kind === 'order') {
      if (what in orderStages) orders.add(what as NamedOrder);
      return idOf(what);
    }
    if (kind === 'schema') return String(schemaIds(what));
    // of the order the case is about: the one it named
    const owner = [...orders].at(-1) ?? 'capturing';
    if (name === 'op.own') return opIdOf(idOf(owner), 'capture', 1);
    if (kind === 'op') return opIdOf(idOf(owner), 'capture', 77);
    if (name === 'cmd' || name.startsWith('idem')) return orderIdOf(storeId, `${caseId}/${name}`).slice(2);
    const home = partition() ?? homeOf(idOf('new'));
    if (name === 'tick') return tickKeyOf(home, partitions);
    if (name === 'wrong') return String((home + 1) % partitions);
    throw new RangeError(`the corpus has no placeholder ${name}`);
  };
  const expand = (inner: string): string => {
    const generated = /^(?:repeat|pad):(.):(\d+)$/u.exec(inner);
    if (generated) return (generated[1] ?? '').repeat(Number(generated[2]));
    const [name = '', ...suffixes] = inner.split(':');
    return suffixes.reduce(changed, valueOf(name));
  };
  return { resolve: (text) => text.replace(/\{\{([^}]+)\}\}/g, (_, inner: string) => expand(inner)), orders };
}

function changed(text: string, suffix: string): string {
  if (suffix === 'short') return text.slice(0, -1);
  if (suffix === 'flip') return text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
  if (suffix === 'upper') return text.toUpperCase();
  throw new RangeError(`the corpus has no suffix ${suffix}`);
}

/** The partition a record of this key belongs to. */
export const homeOf = (key: string): number => partitionOf(key, partitions);
