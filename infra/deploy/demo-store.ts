import {
  type CreatedApiKey,
  createApiKey,
  digestApiKey,
  parseApiKey,
  type Scope,
} from '../../schemas/api-key.ts';
import type { StoreConfig, StorePut } from '../../schemas/generated/stores-config.ts';

export const demoStore = 'demo';

/** One key for each door (messages §6). `full` is the newcomer's only key: it must open the sales page too. */
export const doors = {
  full: ['orders:read', 'orders:write', 'orders:priced', 'stock:write', 'catalogue:write', 'analytics:read'],
  analyst: ['orders:read', 'analytics:read'],
  ops: ['ops:read', 'ops:write', 'orders:read', 'analytics:read'],
} as const satisfies Readonly<Record<string, readonly Scope[]>>;

export type Door = keyof typeof doors;
const doorNames = Object.keys(doors) as readonly Door[];
/** Key texts by door: the only place they stand is `keys.json`, with its owner. */
export type DoorKeys = Readonly<Record<Door, string>>;

export interface DemoStorePlan {
  readonly keys: DoorKeys;
  /** What the log lacks, with the record key of each. Empty where nothing changed. */
  readonly records: readonly { readonly key: string; readonly value: StoreConfig }[];
}

export interface DemoStoreState {
  /** What `stores.config.v1` holds now, oldest first. */
  readonly config: readonly StoreConfig[];
  /** Key texts of an earlier run; null where they are lost. */
  readonly keys: { readonly [D in Door]?: string | undefined } | null;
  readonly store: Pick<StorePut, 'timeZone' | 'currencies'>;
  readonly nowMs: number;
}

const labelOf = (door: Door): string => `door ${door}`;
const labels = new Set(doorNames.map(labelOf));

/**
 * What to write so that the store `demo` exists with one live key for each door. Keys that are known stay, so every
 * run prints the same; a lost one is replaced, and every other key of a door is revoked. Pure but for new secrets.
 */
export function planDemoStore(state: DemoStoreState): DemoStorePlan {
  const { config, nowMs } = state;
  const own = config.filter(({ store }) => store === demoStore);
  const records: { key: string; value: StoreConfig }[] = [];
  const put = (key: string, body: StoreConfig['body']): void =>
    void records.push({ key, value: { store: demoStore, atMs: nowMs, body } });

  const wanted: StorePut = {
    type: 'StorePut',
    name: 'Demo',
    ...state.store,
    live: true, // sums over all stores count live stores only, and here it is the only one
    taxRule: 'exclusive',
    shippingMinor: 0,
    shippingTaxBp: 0,
  };
  const held = own.findLast(({ body }) => body.type === 'StorePut')?.body;
  if (!held || !sameFields(held, wanted)) put(demoStore, wanted);

  const keys = doorNames.map((door): readonly [Door, CreatedApiKey] => [door, knownKey(state.keys?.[door])]);
  const newest = new Map(own.flatMap(({ body }) => ('keyId' in body ? [[body.keyId, body] as const] : [])));
  for (const [door, { keyId, sha256 }] of keys) {
    const key = {
      type: 'KeyPut',
      keyId,
      sha256,
      label: labelOf(door),
      scopes: doors[door],
      expiresAtMs: null,
    } as const;
    const stands = newest.get(keyId);
    if (!stands || !sameFields(stands, key)) put(keyId, key);
  }
  const kept = new Set(keys.map(([, { keyId }]) => keyId));
  for (const [keyId, body] of newest) {
    if (body.type !== 'KeyPut' || kept.has(keyId) || !labels.has(body.label)) continue;
    put(keyId, { type: 'KeyRevoked', keyId, reason: 'its text was lost' });
  }
  const texts = Object.fromEntries(keys.map(([door, { text }]) => [door, text])) as Record<Door, string>;
  return { keys: texts, records };
}

function knownKey(text: string | undefined): CreatedApiKey {
  const parsed = text === undefined ? null : parseApiKey(text);
  if (text === undefined || parsed === null) return createApiKey('test');
  return { ...parsed, text, sha256: digestApiKey(text) };
}

const sameFields = (a: object, b: object): boolean => {
  const sorted = (of: object): string =>
    JSON.stringify(Object.entries(of).sort(([x], [y]) => (x < y ? -1 : 1)));
  return sorted(a) === sorted(b);
};
