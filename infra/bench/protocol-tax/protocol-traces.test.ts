import { expect, test } from 'vitest';
import { sagaLitePartitions } from '../saga-lite/workload.ts';
import { objectionTo } from './protocol-traces.ts';

const none = { barriers: 0, marks: 0, snapshots: 0 };
const protocol = { barriers: sagaLitePartitions, marks: 40, snapshots: 0 };
const both = { ...protocol, snapshots: 2 * sagaLitePartitions };

test.each([
  ['nothing', none, { protocol: 'off', snapshotEvents: 0 }],
  ['the protocol', protocol, { protocol: 'on', snapshotEvents: 0 }],
  ['the protocol and snapshots', both, { protocol: 'on', snapshotEvents: 100 }],
] as const)('a run that left %s is one of the arm with it', (_, traces, switches) => {
  expect(objectionTo(traces, switches)).toBeNull();
});

test.each([
  ['Barriers where the protocol is off', { ...none, barriers: 1 }, { protocol: 'off', snapshotEvents: 0 }],
  ['marks where the protocol is off', { ...none, marks: 1 }, { protocol: 'off', snapshotEvents: 0 }],
  ['a journal without Barrier', { ...protocol, barriers: 5 }, { protocol: 'on', snapshotEvents: 0 }],
  ['no marks', { ...protocol, marks: 0 }, { protocol: 'on', snapshotEvents: 0 }],
  ['a snapshot where none is to be', { ...protocol, snapshots: 1 }, { protocol: 'on', snapshotEvents: 0 }],
  ['too few snapshots', { ...both, snapshots: 11 }, { protocol: 'on', snapshotEvents: 100 }],
] as const)('void: %s', (_, traces, switches) => {
  expect(objectionTo(traces, switches)).toMatch(/marks|snapshots were taken/);
});
