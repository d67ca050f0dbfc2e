import { expect, test } from 'vitest';
import { loadConfig } from '../config/config.ts';
import { createSimulatorAdapter } from './simulator-adapter.ts';
import { anOp, captureOf } from './testing/psp.contract.ts';
import { simulatorProcess } from './testing/simulator-process.ts';

// What a reply itself means is in the corpus (`infra/corpus/http/`).
const never = new AbortController().signal;
const timeoutMs = 300;

test('an operation is given up after 20 s unless the configuration says otherwise', () => {
  const secret = 'a secret of this test only';
  const { pspTimeoutMs } = loadConfig(
    {},
    {
      env: Object.fromEntries(
        ['FINGERPRINT', 'CURSOR', 'PSP', 'CUSTOMER_KEY'].map((name) => [`MILLRACE_${name}_SECRET`, secret]),
      ),
      envFile: '',
    },
  );
  expect(pspTimeoutMs).toBe(20_000);
});

test.each([
  ['500-after', 'server'],
  ['timeout', 'timeout'],
] as const)(
  '%s, after the money moved: the same key and bytes again, one capture in its ledger',
  async (fault, cause) => {
    const simulator = await simulatorProcess();
    await simulator.start(['--latency-ms', '1-2']);
    const psp = createSimulatorAdapter({ url: simulator.url, secret: simulator.secret, timeoutMs });
    const op = anOp({ amount: { minor: 2_280, currency: 'GBP' } });
    const authorized = await psp.run(op, never);
    await simulator.control({ do: 'plan-fault', fault, times: 1, orderId: op.orderId, kind: 'capture' });
    const capture = captureOf(op, 'pspRef' in authorized ? (authorized.pspRef ?? '') : '');
    expect(await psp.run(capture, never)).toEqual({ is: 'unknown', cause });
    expect(await psp.run(capture, never)).toMatchObject({ is: 'ok', replayed: true });
    const { operations, conflicts, payments } = await simulator.ledger();
    expect(operations.filter(({ kind }) => kind === 'capture')).toMatchObject([{ done: true }]);
    expect(conflicts).toEqual([]);
    expect(payments).toMatchObject([{ captured: 2_280 }]);
    await psp.close();
    await simulator.remove();
  },
);
