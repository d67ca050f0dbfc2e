import { randomUUID } from 'node:crypto';
import {
  type CreatedApiKey,
  createApiKey,
  digestApiKey,
  parseApiKey,
  type Scope,
} from '../../schemas/api-key.ts';
import type { StoreConfig, StorePut } from '../../schemas/generated/stores-config.ts';
import type { StoresConfigRecord } from '../clients/put-stores-config.ts';

export const demoStore = 'demo';

/** One key for each door (messages §6). `full` is the newcomer's only key: it must open the sales page too. */
export const doors = {
  full: ['orders:read', 'orders:write', 'orders:priced', 'stock:write', 'catalogue:write', 'analytics:read'],
  analyst: ['orders:read', 'analytics:read'],
  ops: ['ops:read', 'ops:write', 'orders:read', 'analytics:read'],
  /** What visitors of the demo shop come by: the API has it, nobody types it. */
  shop: ['orders:read', 'orders:write'],
} as const satisfies Readonly<Record<string, readonly Scope[]>>;

/** Commands a UTC day. Anybody may come to the shop, and each new customer leaves a key in `customers.keys.v1`. */
const dailyQuotas: Readonly<Record<Door, number | null>> = {
  full: null,
  analyst: null,
  ops: null,
  shop: 10_000,
};

export type Door = keyof typeof doors;
const doorNames = Object.keys(doors) as readonly Door[];
/** Key texts by door: the only place they stand is `keys.json`, with its owner. */
export type DoorKeys = Readonly<Record<Door, string>>;

export interface DemoStorePlan {
  readonly keys: DoorKeys;
  /** What the log lacks, with the record key of each. Empty where nothing changed. */
  readonly records: readonly StoresConfigRecord[];
}

export interface DemoStoreState {
  /** What `stores.config.v1` holds now, oldest first. */
  readonly config: readonly StoreConfig[];
  /** Key texts of an earlier run; null where they are lost. */
  readonly keys: { readonly [D in Door]?: string | undefined } | null;
  readonly store: Pick<StorePut, 'timeZone' | 'currencies'>;
  readonly nowMs: number;
}

/** Labels of keys that this step makes, and revokes where it does not know them. */
export const doorLabelPrefix = 'door ';
const labelOf = (door: Door): string => doorLabelPrefix + door;
const labels = new Set(doorNames.map(labelOf));

/**
 * What to write so that the store `demo` exists with one live key for each door. Keys that are known stay, so every
 * run prints the same; a lost or revoked one is replaced, and every other key of a door is revoked. What stands without
 * an audit record is written again, with one. Pure but for new secrets and ids.
 */
export function planDemoStore(state: DemoStoreState): DemoStorePlan {
  const { config, nowMs } = state;
  const own = config.filter(({ store }) => store === demoStore);
  const records: StoresConfigRecord[] = [];
  const put = (key: string, body: StoreConfig['body']): void =>
    void records.push({ key, value: { store: demoStore, atMs: nowMs, requestId: randomUUID(), body } });

  const wanted: StorePut = {
    type: 'StorePut',
    name: 'Demo',
    ...state.store,
    live: true, // sums over all stores count live stores only, and here it is the only one
    taxRule: 'exclusive',
    shippingMinor: 0,
    shippingTaxBp: 0,
    dailyQuota: null,
  };
  const stands = (held: StoreConfig | undefined, body: StoreConfig['body']): boolean =>
    held !== undefined && held.requestId !== null && sameFields(held.body, body);
  const heldStore = own.findLast(({ body }) => body.type === 'StorePut');
  if (!stands(heldStore, wanted)) put(demoStore, wanted);

  const newest = new Map(own.flatMap((one) => ('keyId' in one.body ? [[one.body.keyId, one] as const] : [])));
  const isRevoked = (keyId: string): boolean => newest.get(keyId)?.body.type === 'KeyRevoked';
  const keys = doorNames.map((door): readonly [Door, CreatedApiKey] => {
    const known = knownKey(state.keys?.[door]);
    return [door, known === null || isRevoked(known.keyId) ? createApiKey('test') : known];
  });
  for (const [door, { keyId, sha256 }] of keys) {
    const key = {
      type: 'KeyPut',
      keyId,
      sha256,
      label: labelOf(door),
      scopes: doors[door],
      expiresAtMs: null,
      dailyQuota: dailyQuotas[door],
    } as const;
    if (!stands(newest.get(keyId), key)) put(keyId, key);
  }
  const kept = new Set(keys.map(([, { keyId }]) => keyId));
  for (const [keyId, { body }] of newest) {
    if (body.type !== 'KeyPut' || kept.has(keyId) || !labels.has(body.label)) continue;
    put(keyId, { type: 'KeyRevoked', keyId, reason: 'its text was lost' });
  }
  const texts = Object.fromEntries(keys.map(([door, { text }]) => [door, text])) as Record<Door, string>;
  return { keys: texts, records };
}

function knownKey(text: string | undefined): CreatedApiKey | null {
  const parsed = text === undefined ? null : parseApiKey(text);
  if (text === undefined || parsed === null) return null;
  return { ...parsed, text, sha256: digestApiKey(text) };
}

const sameFields = (a: object, b: object): boolean => {
  const sorted = (of: object): string =>
    JSON.stringify(Object.entries(of).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
};
