import { auditHashOf } from '../../../../schemas/audit-chain.ts';
import type { AuditRecord } from '../../../../schemas/generated/ops-audit.ts';
import type { MemoryRun } from '../memory-recording.ts';
import { alter, type Corruption, life } from './change-run.ts';

/** The place of the audit record of an effect. */
function announced({ audit }: MemoryRun, effectId: string) {
  const i = audit.findIndex(({ value }) => value?.body.effectId === effectId);
  const record = audit[i];
  if (!record?.value) throw new RangeError(`the run has no audit record of ${effectId}`);
  return { i, record, value: record.value };
}

/** Writes a record anew, with the hash of what it says now. */
function rewrite(run: MemoryRun, effectId: string, by: (value: AuditRecord) => Partial<AuditRecord>): void {
  const { i, record, value } = announced(run, effectId);
  const changed = { ...value, ...by(value) };
  run.audit[i] = { ...record, value: { ...changed, hash: auditHashOf(changed) } };
}

/** What I-23 must see: records of the audit log, and effects without one. */
export const privilegedCorruptions: readonly Corruption[] = [
  {
    name: 'an audit record removed from the end of its chain',
    rule: 'I-23',
    says: /key.revoke of demo\/k-2 has no audit record/,
    plant: (run) => void run.audit.splice(announced(run, 'c-4').i, 1),
  },
  {
    name: 'an audit record removed from the middle of its chain',
    rule: 'I-23',
    says: /seq 3 of writer deploy does not follow its seq 1/,
    plant: (run) => void run.audit.splice(announced(run, 'c-2').i, 1),
  },
  {
    name: 'an audit chain cut before what stands in no topic',
    rule: 'I-23',
    says: /seq 2 of writer api-1 does not follow its seq 0/,
    plant: (run) => void run.audit.splice(announced(run, 'redrive-1').i, 1),
  },
  {
    name: 'the reason of an audit record changed',
    rule: 'I-23',
    says: /seq 1 of writer api-1 is not what was written/,
    plant: (run) => {
      const { i, record, value } = announced(run, 'redrive-1');
      run.audit[i] = { ...record, value: { ...value, body: { ...value.body, reason: 'other' } } };
    },
  },
  {
    name: 'an audit record under the key of another actor',
    rule: 'I-23',
    says: /is not what was written: its hash or its key/,
    plant: (run) => {
      const { i, record } = announced(run, 'redrive-1');
      run.audit[i] = { ...record, key: 'operator:eve' };
    },
  },
  {
    name: 'an audit record changed, with a hash of its own',
    rule: 'I-23',
    says: /seq 2 of writer api-1 does not follow its seq 1/,
    plant: (run) =>
      rewrite(run, 'redrive-1', ({ body }) => ({ body: { ...body, reason: 'nothing to see' } })),
  },
  {
    name: 'two audit records that have changed places',
    rule: 'I-23',
    says: /does not follow/,
    plant: (run) => {
      const [a, b] = [announced(run, 'c-2'), announced(run, 'c-3')];
      [run.audit[a.i], run.audit[b.i]] = [b.record, a.record];
    },
  },
  {
    name: 'what two audit records are about, swapped',
    rule: 'I-23',
    says: /key.put of demo\/k-1 has an audit record of something else/,
    plant: (run) => {
      const targets = ['c-2', 'c-3'].map((id) => announced(run, id).value.body.target);
      rewrite(run, 'c-2', ({ body }) => ({ body: { ...body, target: targets[1] ?? '' } }));
      const { hash: prev } = announced(run, 'c-2').value;
      rewrite(run, 'c-3', ({ body }) => ({ prev, body: { ...body, target: targets[0] ?? '' } }));
      const { hash } = announced(run, 'c-3').value;
      rewrite(run, 'c-4', () => ({ prev: hash }));
    },
  },
  {
    name: 'a customer erased without an audit record',
    rule: 'I-23',
    says: /customer.erase of demo\/c-1 has no audit record/,
    plant: (run) => void run.audit.splice(announced(run, 'erase-1').i, 1),
  },
  {
    name: 'a customer erased by somebody else than was announced',
    rule: 'I-23',
    says: /customer.erase of demo\/c-1 has an audit record of something else/,
    plant: ({ customers }) => {
      for (const [i, record] of customers.entries()) {
        if (record.value?.body.type !== 'CustomerErased') continue;
        const body = { ...record.value.body, by: 'eve' };
        customers[i] = { ...record, value: { ...record.value, body } };
      }
    },
  },
  {
    name: 'an audit record nobody can read',
    rule: 'I-23',
    says: /offset \d+: cannot be read/,
    plant: (run) => {
      const { i, record } = announced(run, 'flip-1');
      run.audit[i] = { ...record, value: null };
    },
  },
  {
    name: 'an effect with two audit records',
    rule: 'I-23',
    says: /letters.redrive of stock\/demo\/LAMP has 2 audit records/,
    plant: (run) =>
      rewrite(run, 'flip-1', ({ body }) => ({
        body: { ...body, effectId: 'redrive-1', what: 'letters.redrive' },
      })),
  },
  {
    name: 'a redrive before its audit record',
    rule: 'I-23',
    says: /letters.redrive of stock\/demo\/LAMP was done before its audit record/,
    plant: (run) => {
      const { i, record } = announced(run, 'redrive-1');
      run.audit[i] = { ...record, atMs: record.atMs + 60_000 };
    },
  },
  {
    name: 'a key written without an audit record',
    rule: 'I-23',
    says: /key.put of demo\/k-9 has no audit record/,
    plant: ({ config }) => {
      const [put] = config.filter(({ value }) => value?.body.type === 'KeyPut');
      if (put?.value?.body.type !== 'KeyPut') throw new RangeError('the run has no key');
      const body = { ...put.value.body, keyId: 'k-9' };
      const value = { ...put.value, requestId: null, body };
      config.push({ ...put, offset: config.length, key: 'k-9', value });
    },
  },
  {
    name: 'a hold released by hand without an audit record',
    rule: 'I-23',
    says: /stock.repair of demo\/\w+ has no audit record/,
    plant: (run) =>
      alter(
        run,
        ({ command }) => command?.body.type === 'ReleaseHold',
        (record) => ({ ...record, mark: null }),
      ),
  },
  life({
    name: 'a payment resolved by somebody else than was announced',
    rule: 'I-23',
    says: /payment.resolve of .*:capture:1 has an audit record of something else/,
    plant: (run) => {
      const { i, record, value } = announced(run, 'resolve-1');
      const changed = { ...value, actor: 'eve' };
      run.audit[i] = { ...record, key: 'eve', value: { ...changed, hash: auditHashOf(changed) } };
      // the chain goes on from it
      const next = run.audit[i + 1];
      if (!next?.value) throw new RangeError('it was asked twice');
      const after = { ...next.value, prev: auditHashOf(changed) };
      run.audit[i + 1] = { ...next, value: { ...after, hash: auditHashOf(after) } };
    },
  }),
];
