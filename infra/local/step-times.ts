/** A step of `npm test`, in the order in which it ran. */
export interface StepTime {
  readonly step: string;
  /** Wall time. */
  readonly seconds: number;
}

/** Ends a step in the log: `-- lint (oxlint): 6.6 s`. */
export const timeLine = ({ step, seconds }: StepTime): string => `-- ${step}: ${seconds.toFixed(1)} s`;

/** One line a step, and one for all of them, of which the steps may leave some: what runs between them. */
export function timesTable(steps: readonly StepTime[], allSeconds: number): readonly string[] {
  const rows = [...steps, { step: 'all', seconds: allSeconds }];
  return ['seconds  step', ...rows.map(({ step, seconds }) => `${seconds.toFixed(1).padStart(7)}  ${step}`)];
}
