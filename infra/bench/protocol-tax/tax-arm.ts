import type { Arm, Block } from '../saga-lite/arm.ts';
import { createMillraceArm } from '../saga-lite/millrace-arm.ts';
import type { SagaLiteWorkload } from '../saga-lite/workload.ts';

/** What of the engine is on in an arm. */
export interface TaxSwitches {
  readonly protocol: 'on' | 'off';
  /** Events of a partition between two snapshots; 0: none are taken. */
  readonly snapshotEvents: number;
}

const engineFile = new URL('./protocol-engine.ts', import.meta.url);

/**
 * Millrace's arm of saga-lite with parts of it off. No arm takes snapshots while it is prepared, so that all begin
 * the measured run alike, by folding the journal.
 */
export function createTaxArm(workload: SagaLiteWorkload, { protocol, snapshotEvents }: TaxSwitches): Arm {
  const millrace = createMillraceArm(workload, { file: engineFile, args: [protocol] });
  return {
    ...millrace,
    prepare: (block) => millrace.prepare(withSnapshots(block, 0)),
    start: (block) => millrace.start(withSnapshots(block, snapshotEvents)),
  };
}

function withSnapshots(block: Block, events: number): Block {
  const environment = { ...block.engines.environment, MILLRACE_SNAPSHOT_EVENTS: String(events) };
  return { ...block, engines: { ...block.engines, environment } };
}
