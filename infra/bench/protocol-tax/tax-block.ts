import { type BlockOptions, type PreloadedResult, runPreloaded, withBlock } from '../saga-lite/run-block.ts';
import type { SagaLiteWorkload } from '../saga-lite/workload.ts';
import { objectionTo, type ProtocolTraces, readTraces } from './protocol-traces.ts';
import { createTaxArm, type TaxSwitches } from './tax-arm.ts';

/** One preloaded block of one arm. */
export interface TaxBlock {
  readonly workload: SagaLiteWorkload;
  readonly options: BlockOptions;
  readonly switches: TaxSwitches;
  readonly orders: number;
}

type TaxBlockResult = PreloadedResult & { readonly traces: ProtocolTraces };

/** Runs it with engines of its own. Throws if it left other traces on the log than its arm must: such a run is void. */
export async function runTaxBlock({
  workload,
  options,
  switches,
  orders,
}: TaxBlock): Promise<TaxBlockResult> {
  const arm = createTaxArm(workload, switches);
  return withBlock(arm, options, async (at) => {
    const ran = await runPreloaded(arm, at, orders);
    const traces = await readTraces(at);
    const objection = objectionTo(traces, switches);
    if (objection !== null) throw new Error(`void: ${JSON.stringify(switches)}: ${objection}`);
    return { ...ran, traces };
  });
}
