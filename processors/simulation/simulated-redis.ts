import type { RedisEntry, RedisValue } from '../../infra/audit/recording.ts';
import { assertNever } from '../../schemas/assert-never.ts';
import {
  fieldsOf,
  lineageOf,
  positionFields,
  type StoreBatch,
  type StoredFields,
  type ViewStore,
} from '../views/view-store.ts';
import type { ViewUpdate } from '../views/view-update.ts';

type Hash = Map<string, string>;
type Value =
  | { readonly is: 'string'; readonly text: string }
  | { readonly is: 'hash'; readonly fields: Hash }
  | { readonly is: 'zset'; readonly scores: Map<string, number> }
  | { readonly is: 'stream'; readonly entries: StreamEntry[] };
interface StreamEntry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Redis's answer to a call it will not do; nothing was changed. */
export class RedisRefusal extends Error {
  override readonly name = 'RedisRefusal';
}

/** Steps of a `ViewStore` as the store itself does them: at once and whole. */
export type StoreSteps = {
  readonly [Step in keyof ViewStore]: (
    ...args: Parameters<ViewStore[Step]>
  ) => Awaited<ReturnType<ViewStore[Step]>>;
};

const keysPerScan = 10;

/**
 * Redis as the views know it: their scripts as single steps over a few kinds of values. Sound by itself; what ails it
 * is set from outside (`condition`, `empty`, `keep` and `goBack`), what ails the way to it is the link's affair.
 */
export class RedisModel implements StoreSteps {
  /** `full`: out of memory, a batch is refused before it begins. `read-only`: a replica. */
  condition: 'sound' | 'full' | 'read-only' | 'away' = 'sound';
  private keys = new Map<string, Value>();
  /** Where the scans under way stand: the last key given out, by cursor. */
  private readonly scans: string[] = [];

  readPosition(positionKey: string): StoredFields {
    this.answer();
    return this.stored(positionKey);
  }

  readDocuments(
    positionKey: string,
    keys: readonly string[],
  ): { readonly stored: StoredFields; readonly documents: readonly (string | null)[] } {
    this.answer();
    const documents = keys.map((key) => {
      const value = this.keys.get(key);
      return value?.is === 'string' ? value.text : null;
    });
    return { stored: this.stored(positionKey), documents };
  }

  apply({ positionKey, from, next, updates, streamEventsMax }: StoreBatch): boolean {
    this.write();
    if (!isEqual(this.stored(positionKey).slice(0, 3), lineageOf(from))) return false;
    for (const update of updates) this.update(update, streamEventsMax);
    this.setPosition(positionKey, fieldsOf(next));
    return true;
  }

  beginWipe(positionKey: string, seen: StoredFields, token: string): boolean {
    this.remove();
    const found = this.stored(positionKey).slice(0, 3);
    if (found.some((field, i) => (field ?? '') !== (seen[i] ?? ''))) return false;
    this.keys.set(positionKey, { is: 'hash', fields: new Map([['wiping', token]]) });
    return true;
  }

  scan(pattern: string, cursor: string): { readonly cursor: string; readonly keys: readonly string[] } {
    this.answer();
    if (!pattern.endsWith('*')) throw new RangeError(`the model scans prefixes only: ${pattern}`);
    const after = this.scans[Number(cursor) - 1] ?? '';
    const rest = [...this.keys.keys()]
      .filter((key) => key.startsWith(pattern.slice(0, -1)) && key > after)
      .sort();
    const keys = rest.slice(0, keysPerScan);
    if (keys.length === rest.length) return { cursor: '0', keys };
    return { cursor: String(this.scans.push(keys.at(-1) ?? '')), keys };
  }

  wipeKeys(positionKey: string, keys: readonly string[], token: string): boolean {
    this.remove();
    if (this.token(positionKey) !== token) return false;
    for (const key of keys) if (key !== positionKey) this.keys.delete(key);
    return true;
  }

  endWipe(positionKey: string, token: string, next: Parameters<ViewStore['endWipe']>[2]): boolean {
    this.remove();
    if (this.token(positionKey) !== token) return false;
    this.keys.delete(positionKey);
    this.setPosition(positionKey, fieldsOf(next));
    return true;
  }

  /** FLUSHALL, or a restart without its file. */
  empty(): void {
    this.keys = new Map();
  }

  /** A state to go back to: the file a restart would read, the replica that a failover would promote. */
  keep(): ReadonlyMap<string, unknown> {
    return new Map([...this.keys].map(([key, value]) => [key, copyOf(value)]));
  }

  goBack(kept: ReadonlyMap<string, unknown>): void {
    this.keys = new Map([...kept].map(([key, value]) => [key, copyOf(value as Value)]));
  }

  /** Every key as the auditor reads it, in the order of their bytes. */
  dump(): readonly RedisEntry[] {
    return [...this.keys]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key, value: shown(value) }));
  }

  private answer(): void {
    if (this.condition === 'away') throw new RedisRefusal('Connection is closed.');
  }

  private write(): void {
    this.remove();
    if (this.condition === 'full') {
      throw new RedisRefusal(
        "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
      );
    }
  }

  /** A wipe makes room: a full store takes it. */
  private remove(): void {
    this.answer();
    if (this.condition === 'read-only') {
      throw new RedisRefusal('READONLY Can not run script with write flag on readonly replica.');
    }
  }

  private stored(positionKey: string): StoredFields {
    const value = this.keys.get(positionKey);
    return positionFields.map((field) => (value?.is === 'hash' ? (value.fields.get(field) ?? null) : null));
  }

  private token(positionKey: string): string | undefined {
    const value = this.keys.get(positionKey);
    return value?.is === 'hash' ? value.fields.get('wiping') : undefined;
  }

  /** HSET: fields that were there stay. */
  private setPosition(positionKey: string, fields: readonly string[]): void {
    const hash = this.of(positionKey, 'hash', () => ({ is: 'hash', fields: new Map() }));
    positionFields.forEach((name, i) => hash.fields.set(name, fields[i] ?? ''));
  }

  private update(update: ViewUpdate, streamEventsMax: number): void {
    switch (update.does) {
      case 'set':
        this.keys.set(update.key, { is: 'string', text: update.json });
        return;
      case 'drop':
        this.keys.delete(update.key);
        return;
      case 'list': {
        const { scores } = this.of(update.key, 'zset', () => ({ is: 'zset', scores: new Map() }));
        scores.set(update.member, update.score);
        return;
      }
      case 'unlist': {
        const value = this.keys.get(update.key);
        if (value?.is !== 'zset') return;
        value.scores.delete(update.member);
        if (value.scores.size === 0) this.keys.delete(update.key);
        return;
      }
      case 'append':
        this.append(update, streamEventsMax);
        return;
      default:
        assertNever(update);
    }
  }

  private append({ key, id, order, event }: ViewUpdate & { does: 'append' }, streamEventsMax: number): void {
    const { entries } = this.of(key, 'stream', () => ({ is: 'stream', entries: [] }));
    const last = entries.at(-1);
    if (last && Number.parseInt(last.id, 10) >= Number.parseInt(id, 10)) {
      throw new RedisRefusal(
        'ERR The ID specified in XADD is equal or smaller than the target stream top item',
      );
    }
    entries.push({ id, fields: { order, event } });
    while (entries.length > streamEventsMax) entries.shift(); // `splice` would move all the others
  }

  private of<Is extends Value['is']>(
    key: string,
    is: Is,
    make: () => Extract<Value, { is: Is }>,
  ): Extract<Value, { is: Is }> {
    const found = this.keys.get(key);
    if (found?.is === is) return found as Extract<Value, { is: Is }>;
    if (found) throw new RedisRefusal('WRONGTYPE Operation against a key holding the wrong kind of value');
    const made = make();
    this.keys.set(key, made);
    return made;
  }
}

const isEqual = (a: readonly (string | null)[], b: readonly string[]): boolean =>
  a.every((each, i) => each === b[i]);

function copyOf(value: Value): Value {
  switch (value.is) {
    case 'string':
      return value;
    case 'hash':
      return { is: 'hash', fields: new Map(value.fields) };
    case 'zset':
      return { is: 'zset', scores: new Map(value.scores) };
    case 'stream':
      return { is: 'stream', entries: [...value.entries] };
    default:
      return assertNever(value);
  }
}

const shown = (value: Value): RedisValue =>
  value.is === 'hash'
    ? { is: 'hash', fields: Object.fromEntries(value.fields) }
    : (copyOf(value) as Exclude<RedisValue, { is: 'other' | 'hash' }>);
