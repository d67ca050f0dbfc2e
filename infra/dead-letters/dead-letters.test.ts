import { expect, test } from 'vitest';
import { skuOn } from '../../processors/runtime/testing/commands.ts';
import { ModelProcess } from '../../processors/runtime/testing/model-process.ts';
import { counter } from '../../processors/runtime/testing/tiny-processors.ts';
import { World } from '../../processors/runtime/testing/world.ts';
import { inboxOf, journalOf } from '../../schemas/topic-catalogue.ts';
import { type Announcement, AuditUnavailable } from '../clients/audit-log.ts';
import { listParked } from './list-parked.ts';
import { NoAnswer, redriveKey, type RedriveAccess } from './redrive-key.ts';

/** Stock whose `throw` is mended at will, and a person's access to its log. */
async function bench() {
  const world = new World();
  let isMended = false;
  const domain: typeof counter = {
    ...counter,
    decide(state, { body, ...command }, atMs) {
      const mended = isMended && body.type === 'ReceiveStock' ? { ...body, reason: 'r' } : body;
      return counter.decide(state, { ...command, body: mended }, atMs);
    },
  };
  const stock = world.start('stock-a', domain);
  const announced: Announcement[] = [];
  const person = new ModelProcess('person', world.clock, world.broker);
  const access: RedriveAccess = {
    log: person.log,
    reader: person.reader,
    clock: world.clock,
    audit: { announce: async (effect) => void announced.push(effect) },
    codecOf: (processor) => world.codecOf(journalOf(processor)),
    inboxCodecOf: (processor) => world.codecOf(inboxOf(processor)),
  };
  await world.clock.advance(5_000);
  /** Lets time pass until what was asked is answered. */
  const during = async <T>(asked: Promise<T>): Promise<T> => {
    const settled = asked.then(
      (value) => () => value,
      (error: unknown) => () => {
        throw error;
      },
    );
    let answer: (() => T) | null = null;
    void settled.then((given) => {
      answer = given;
    });
    await world.clock.until('answered', () => answer !== null, 120_000);
    return (await settled)();
  };
  return { world, stock, access, announced, during, mend: () => (isMended = true) };
}

const receive = (sku: string, reason: string) => ({ type: 'ReceiveStock', sku, quantity: 1, reason });
const asked = { by: 'ops', reason: 'released 7' };

test('lists what is parked, then redrives it: a dry run first, which changes nothing', async () => {
  const { world, access, announced, during, mend } = await bench();
  const [sku, other] = [skuOn(world, 0), skuOn(world, 1)];
  world.command('stock', `s/${sku}`, { body: receive(sku, 'throw') });
  world.command('stock', `s/${sku}`, { body: receive(sku, 'r') });
  world.command('stock', `s/${other}`, { body: receive(other, 'throw') });
  await world.clock.advance(3_000);
  const parked = await during(listParked(access, 'stock'));
  expect(parked.map(({ partition, key, command, reason }) => [partition, key, command, reason])).toEqual([
    [0, `s/${sku}`, 'ReceiveStock', 'Error: a bug in the domain'],
    [0, `s/${sku}`, 'ReceiveStock', 'behind'],
    [1, `s/${other}`, 'ReceiveStock', 'Error: a bug in the domain'],
  ]);
  const key = `s/${sku}`;
  const before = await during(redriveKey(access, 'stock', { ...asked, key, dryRun: true }, 30_000));
  expect(before).toMatchObject({ decided: 0, left: 2, failure: 'Error: a bug in the domain' });
  mend();
  const dry = await during(redriveKey(access, 'stock', { ...asked, key, dryRun: true }, 30_000));
  expect(dry).toMatchObject({ dryRun: true, decided: 2, left: 0, failure: null });
  expect((await during(listParked(access, 'stock'))).length).toBe(3);
  expect(announced).toEqual([]);
  const real = await during(redriveKey(access, 'stock', { ...asked, key, dryRun: false }, 30_000));
  expect(real).toMatchObject({ ...asked, decided: 2, left: 0, events: ['StockReceived', 'StockReceived'] });
  const effectId: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/);
  expect(announced).toEqual([
    {
      what: 'letters.redrive',
      actor: 'operator:ops',
      effectId,
      target: `stock/${key}`,
      reason: 'released 7',
    },
  ]);
  expect((await during(listParked(access, 'stock'))).map((letter) => letter.key)).toEqual([`s/${other}`]);
});

test('without an audit record nothing is redriven', async () => {
  const { world, access, during, mend } = await bench();
  const key = `s/${skuOn(world, 0)}`;
  world.command('stock', key, { body: receive(skuOn(world, 0), 'throw') });
  await world.clock.advance(3_000);
  mend();
  const audit = { announce: () => Promise.reject(new AuditUnavailable('no broker')) };
  const asking = redriveKey({ ...access, audit }, 'stock', { ...asked, key, dryRun: false }, 30_000);
  await expect(during(asking)).rejects.toBeInstanceOf(AuditUnavailable);
  await world.clock.advance(3_000);
  expect((await during(listParked(access, 'stock'))).map((letter) => letter.key)).toEqual([key]);
});

test('says so when nobody answers', async () => {
  const { world, stock, access, during } = await bench();
  stock.process.kill();
  const key = `s/${skuOn(world, 0)}`;
  const asking = redriveKey(access, 'stock', { ...asked, key, dryRun: true }, 5_000);
  await expect(during(asking)).rejects.toBeInstanceOf(NoAnswer);
});
