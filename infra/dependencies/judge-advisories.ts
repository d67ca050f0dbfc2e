import { z } from 'zod';

/** What `npm audit --json` came to. */
export type Advisories =
  /** Nobody was asked: offline, or a registry that does not offer advisories. */
  | { readonly is: 'not-asked'; readonly why: string }
  /** `severe` stop a release, `others` are told; both as `package: severity`. */
  | { readonly is: 'asked'; readonly severe: readonly string[]; readonly others: readonly string[] };

const reportSchema = z.looseObject({
  vulnerabilities: z.record(z.string(), z.looseObject({ severity: z.string() })),
});
const refusalSchema = z.looseObject({ message: z.string() });

/** `npm audit` knows info, low, moderate, high and critical. */
const stopping: ReadonlySet<string> = new Set(['high', 'critical']);

/**
 * Reads the output of `npm audit --json`. A registry that gives no advisories is told from one that has none to give:
 * silence is no proof. Throws on text of another form.
 */
export function judgeAdvisories(text: string): Advisories {
  const answer: unknown = JSON.parse(text);
  const report = reportSchema.safeParse(answer);
  if (!report.success) return { is: 'not-asked', why: refusalSchema.parse(answer).message };
  const found = Object.entries(report.data.vulnerabilities);
  const named = (isSevere: boolean): readonly string[] =>
    found
      .filter(([, { severity }]) => stopping.has(severity) === isSevere)
      .map(([name, { severity }]) => `${name}: ${severity}`);
  return { is: 'asked', severe: named(true), others: named(false) };
}
