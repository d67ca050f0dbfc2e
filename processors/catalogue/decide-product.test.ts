import { describe, expect, test } from 'vitest';
import type { Command, PutProduct } from '../../schemas/generated/catalogue-commands.ts';
import { catalogueReactions, reactionVersions } from '../../schemas/reactions.ts';
import { rememberedMs } from '../../schemas/recent-ids.ts';
import { createCatalogueDomain } from './catalogue-domain.ts';
import type { CatalogueCommand, CatalogueEvent, Product } from './product.ts';

const catalogue = createCatalogueDomain();
const startMs = 1_700_000_000_000;

const commandOf = (
  body: CatalogueCommand,
  of: Partial<Command<CatalogueCommand>> = {},
): Command<CatalogueCommand> => ({
  store: 's-1',
  commandId: null,
  fingerprint: null,
  requestId: null,
  ...of,
  body,
});
const gbp = (unitMinor: number) => ({ currency: 'GBP', unitMinor });
const put = (
  of: Partial<PutProduct> = {},
  envelope: Partial<Command<CatalogueCommand>> = {},
): Command<CatalogueCommand> =>
  commandOf(
    { type: 'PutProduct', sku: 'A', name: 'Heart', prices: [gbp(255)], taxBp: 2_000, ifVersion: null, ...of },
    envelope,
  );
const retire = (ifVersion: number | null = null): Command<CatalogueCommand> =>
  commandOf({ type: 'RetireProduct', sku: 'A', ifVersion });

function run(commands: readonly Command<CatalogueCommand>[], from?: Product, fromMs = startMs) {
  let state = from;
  const events: CatalogueEvent[] = [];
  commands.forEach((command, i) => {
    const decided = catalogue.decide(state, command, fromMs + i);
    for (const event of decided) state = catalogue.evolve(state, event, fromMs + i);
    events.push(...decided);
  });
  return { state, events };
}

describe('versions', () => {
  test('are 1, 2, … and a retirement counts too', () => {
    const { events } = run([put(), put({ name: 'Star' }), retire(), put({ name: 'Star' })]);
    expect(events).toMatchObject([
      { type: 'ProductPut', version: 1, name: 'Heart' },
      { type: 'ProductPut', version: 2, name: 'Star' },
      { type: 'ProductRetired', version: 3 },
      { type: 'ProductPut', version: 4, name: 'Star' },
    ]);
  });

  test('must be the expected one, 0 for a product that must not exist', () => {
    expect(run([put({ ifVersion: 0 })]).events).toMatchObject([{ type: 'ProductPut' }]);
    expect(run([put(), put({ name: 'Star', ifVersion: 0 })]).events.at(-1)).toMatchObject({
      type: 'CommandRefused',
      reason: 'version-mismatch',
      detail: 'version is 1',
    });
    expect(run([put(), retire(2)]).events.at(-1)).toMatchObject({ reason: 'version-mismatch' });
    expect(run([put(), retire(1)]).events.at(-1)).toMatchObject({ type: 'ProductRetired' });
  });
});

describe('what changes nothing', () => {
  test('a put of the same content is ignored, whatever the order of its prices', () => {
    const prices = [gbp(255), { currency: 'EUR', unitMinor: 300 }];
    const { events } = run([put({ prices }), put({ prices: prices.toReversed() })]);
    expect(events).toMatchObject([
      { type: 'ProductPut', prices: [{ currency: 'EUR' }, { currency: 'GBP' }] },
      { type: 'CommandIgnored', reason: 'unchanged' },
    ]);
  });

  test.each([
    { name: 'Star' },
    { taxBp: 0 },
    { prices: [gbp(256)] },
    { prices: [gbp(255), { currency: 'EUR', unitMinor: 1 }] },
  ])('a put of %j is a change', (of) => {
    expect(run([put(), put(of)]).events.at(-1)).toMatchObject({ type: 'ProductPut', version: 2 });
  });

  test('a product is retired once, and only if it was ever put', () => {
    expect(run([retire()]).events).toMatchObject([{ type: 'CommandRefused', reason: 'unknown-sku' }]);
    expect(run([put(), retire(), retire()]).events.at(-1)).toMatchObject({ reason: 'already-retired' });
  });
});

describe('command ids', () => {
  const id = { commandId: 'cmd', fingerprint: 'k1.aa' };

  test('the same command is dropped for 24 hours, another body under its id refused', () => {
    const once = run([put({}, id)]);
    expect(run([put({}, id)], once.state, startMs + 1).events).toEqual([]);
    expect(run([put({ name: 'Star' }, { ...id, fingerprint: 'k1.bb' })], once.state).events).toMatchObject([
      { type: 'CommandRefused', reason: 'key-reused' },
    ]);
    const later = startMs + rememberedMs;
    expect(run([put({ name: 'Star' }, id)], once.state, later).events).toMatchObject([{ version: 2 }]);
  });

  test('a late copy of an ignored or refused put does not bring the old content back', () => {
    const { state, events } = run([put(), put({}, id), put({ name: 'Star' }), put({}, id)]);
    expect(events).toHaveLength(3);
    expect(state?.content?.name).toBe('Star');
    const stale = put({ name: 'Moon', ifVersion: 1 }, { commandId: 'stale', fingerprint: 'k1.cc' });
    const renamed = run([stale, put(), stale]);
    expect(renamed.events).toMatchObject([{ reason: 'version-mismatch' }, { type: 'ProductPut' }]);
    expect(renamed.state?.content?.name).toBe('Heart');
  });
});

test.each([
  ['an empty name', put({ name: '' })],
  ['a name of 501 characters', put({ name: 'x'.repeat(501) })],
  ['no price', put({ prices: [] })],
  ['two prices of one currency', put({ prices: [gbp(1), gbp(2)] })],
  ['an unknown currency', put({ prices: [{ currency: 'ZZZ', unitMinor: 1 }] })],
  ['a negative price', put({ prices: [gbp(-1)] })],
  ['a price above 9,999,999.99', put({ prices: [gbp(1_000_000_000)] })],
  ['a negative tax', put({ taxBp: -1 })],
  ['a SKU in lower case', put({ sku: 'a' })],
  ['a negative version', put({ ifVersion: -1 })],
  ['no store', put({}, { store: '' })],
])('quarantines %s', (_, command) => {
  expect(catalogue.check(undefined, command)).toBe('semantic');
});

test('accepts a good product, and nothing of another store', () => {
  expect(catalogue.check(undefined, put())).toBeNull();
  expect(catalogue.check(run([put()]).state, put({}, { store: 's-2' }))).toBe('store-mismatch');
});

test('the fold stops at a version that does not follow', () => {
  const { state, events } = run([put()]);
  expect(() => catalogue.evolve(state, events[0] as CatalogueEvent, startMs)).toThrow(
    /version 1 cannot follow 1/,
  );
});

test('keys by store and SKU, and tells nobody', () => {
  const { events } = run([put(), put(), retire(9)]);
  expect([catalogue.keyOfCommand(put()), ...events.map(catalogue.keyOfEvent)]).toEqual(
    Array(4).fill('s-1/A'),
  );
  expect(events.flatMap(catalogue.react)).toEqual([]);
  expect(Object.values(catalogueReactions).flat()).toEqual([]);
  expect(reactionVersions.catalogue).toBe(1);
});
