import { expect, onTestFinished, test, vi } from 'vitest';
import { auditHashOf, chainStart } from '../../schemas/audit-chain.ts';
import type { AuditRecord } from '../../schemas/generated/ops-audit.ts';
import { auditTopic } from '../../schemas/topic-catalogue.ts';
import { createTopicCodec } from '../../schemas/topic-codec.ts';
import { AuditLog, AuditUnavailable } from './audit-log.ts';
import type { Append, AppendOutcome } from './log.ts';

const effect = (effectId: string) =>
  ({ actor: 'operator:ann', what: 'views.flip', effectId, target: 'g2', reason: 'rebuilt' }) as const;

/** An audit log over a list; `fates` are what becomes of the appends, in order. */
function setUp(...fates: readonly AppendOutcome['is'][]) {
  const codec = createTopicCodec<AuditRecord>(auditTopic, 1);
  const appends: Append[] = [];
  const waiting: (() => void)[] = [];
  const audit = new AuditLog({
    codec,
    nowMs: () => 17,
    log: {
      append: async (asked) => {
        appends.push(...asked);
        await new Promise<void>((resolve) => waiting.push(resolve));
        const is = fates[appends.length - 1] ?? 'appended';
        return is === 'appended'
          ? [{ is, baseOffset: 0n, appendTimeMs: 0 }]
          : [{ is, error: new Error('no answer') }];
      },
    },
  });
  const records = (): readonly AuditRecord[] =>
    appends.map(({ records: [record] }) => {
      const decoded = codec.decode(record?.value ?? null);
      if (decoded.is !== 'value') throw new Error('unreadable');
      return decoded.value;
    });
  const acknowledge = async (): Promise<void> => {
    for (let turn = 0; turn < 10; turn += 1) {
      await new Promise(setImmediate);
      waiting.shift()?.();
    }
  };
  return { audit, appends, records, acknowledge };
}

test('a record says who, what, to what, why; nobody goes on before it is acknowledged', async () => {
  const { audit, appends, records, acknowledge } = setUp();
  let isDone = false;
  const announced = audit.announce({ ...effect('e-1'), requestId: 'r-1' }).then(() => (isDone = true));
  await Promise.resolve();
  expect(isDone).toBe(false);
  await acknowledge();
  await announced;
  const [first] = records();
  if (!first) throw new Error('nothing was appended');
  const { hash, ...record } = first;
  expect(record).toEqual({
    writer: expect.stringMatching(/^[0-9a-f-]{36}$/),
    seq: 1,
    prev: chainStart,
    atMs: 17,
    actor: 'operator:ann',
    requestId: 'r-1',
    body: { type: 'PrivilegedEffect', what: 'views.flip', effectId: 'e-1', target: 'g2', reason: 'rebuilt' },
  });
  expect(hash).toBe(auditHashOf(record));
  expect(appends).toMatchObject([{ topic: auditTopic, partition: 0, records: [{ key: 'operator:ann' }] }]);
});

test('records asked for at once make one chain, each linked to the one before', async () => {
  const { audit, records, acknowledge } = setUp();
  const all = Promise.all([1, 2, 3].map((n) => audit.announce(effect(`e-${n}`))));
  await acknowledge();
  await all;
  const [first, second, third] = records();
  expect(new Set(records().map(({ writer }) => writer)).size).toBe(1);
  expect(records().map(({ seq, body }) => [seq, body.effectId])).toEqual([
    [1, 'e-1'],
    [2, 'e-2'],
    [3, 'e-3'],
  ]);
  expect([second?.prev, third?.prev]).toEqual([first?.hash, second?.hash]);
});

test.each(['unknown', 'refused'] as const)(
  'what is %s is told, and the next record begins another chain',
  async (fate) => {
    const { audit, records, acknowledge } = setUp('appended', fate);
    const all = Promise.allSettled([1, 2, 3].map((n) => audit.announce(effect(`e-${n}`))));
    await acknowledge();
    const [, second, third] = await all;
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(AuditUnavailable) });
    expect(third?.status).toBe('fulfilled');
    const [a, b, c] = records();
    expect(b?.writer).toBe(a?.writer);
    expect(c?.writer).not.toBe(a?.writer);
    expect([c?.seq, c?.prev]).toEqual([1, chainStart]);
  },
);

test('the hash covers every field', () => {
  const record = {
    writer: 'w',
    seq: 1,
    prev: chainStart,
    atMs: 1,
    actor: 'a',
    requestId: null,
    body: { type: 'PrivilegedEffect', what: 'views.flip', effectId: 'e', target: 't', reason: 'r' },
  } as const;
  const changed = [
    { writer: 'x' },
    { seq: 2 },
    { prev: '1'.repeat(64) },
    { atMs: 2 },
    { actor: 'b' },
    { requestId: 'r' },
    ...[{ what: 'views.drop' as const }, { effectId: 'f' }, { target: 'u' }, { reason: 's' }].map((body) => ({
      body: { ...record.body, ...body },
    })),
  ];
  const hashes = [record, ...changed.map((change) => ({ ...record, ...change }))].map(auditHashOf);
  expect(new Set(hashes).size).toBe(changed.length + 1);
});

test('no more than a hundred wait behind each other; the next is told so, and nothing of it is written', async () => {
  const { audit, appends, acknowledge } = setUp();
  const waiting = Array.from({ length: 100 }, (_, i) => audit.announce(effect(`e-${i}`)));
  const refused = audit.announce(effect('one more'));
  await expect(refused).rejects.toThrow(AuditUnavailable);
  await expect(refused).rejects.toThrow(/at most 100 wait/);
  while (appends.length < 100) await acknowledge();
  await acknowledge();
  await Promise.all(waiting);
  expect(appends).toHaveLength(100);
});

test('who has waited for more than five seconds behind another is told so, and nothing of it is written', async () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1_000);
  onTestFinished(() => clock.mockRestore());
  const { audit, appends, acknowledge } = setUp();
  const first = audit.announce(effect('e-1'));
  const late = audit.announce(effect('e-2'));
  await new Promise(setImmediate); // the first is on its way
  clock.mockReturnValue(6_001);
  const [, told] = await Promise.allSettled([first, late, acknowledge()]);
  expect(told).toMatchObject({ status: 'rejected', reason: { name: 'AuditUnavailable' } });
  expect(appends).toHaveLength(1);
  clock.mockReturnValue(1_000);
  const next = audit.announce(effect('e-3'));
  clock.mockReturnValue(6_000);
  await acknowledge();
  await next;
  expect(appends).toHaveLength(2);
});
