/** The corpus of bad records on the topics, as the file spells it. */
export interface TopicCase {
  readonly id: string;
  readonly class: string;
  readonly title: string;
  /** Conditions of the surroundings, in words: what the schema registry answers. */
  readonly needs?: readonly string[];
  readonly record?: CaseStep;
  readonly records?: readonly CaseStep[];
  readonly expect: Expectation;
}

/** What happens next: a record is appended, the same one several times, or the partition changes hands. */
export type CaseStep = CaseRecord | Repeated | Happening;

export interface Repeated {
  readonly repeat: number;
  readonly of: CaseRecord;
}

export interface Happening {
  readonly takeover?: true;
  readonly snapshot?: true;
}

export interface CaseRecord {
  readonly topic?: string;
  /** Default: the aggregate of the value. Null: none. */
  readonly key?: string | null;
  readonly keyBase64?: string;
  readonly keyGen?: { readonly repeat: string; readonly count: number };
  readonly partition?: number | string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly value?: null;
  readonly valueText?: string;
  readonly valueBase64?: string;
  readonly frame?: { readonly schemaId: number | string; readonly payloadBase64: string };
  readonly avro?: { readonly type: string; readonly set: Readonly<Record<string, unknown>> };
  /** The writer's schema: `current` if absent, else one of `case-schemas.ts`. */
  readonly schema?: string;
  readonly schemaId?: number | string;
  readonly then?: readonly Spoiling[];
  readonly padTo?: number;
  readonly source?: string;
  readonly seq?: number;
  readonly index?: number;
  readonly prev?:
    | string
    | number
    | null
    | { readonly seq: number; readonly index?: number }
    | readonly [seq: number, index?: number];
  readonly logTimeMs?: number;
  /** Of a Tick, Barrier or Event. */
  readonly writer?: string;
  /** A journal's. */
  readonly type?: 'Barrier' | 'Event';
  readonly follows?: string | null;
  readonly eventType?: string;
  readonly causeOffset?: number;
  readonly batch?: number;
  readonly stored?: StoredPosition;
  readonly found?: StoredPosition;
  /** The decoder alone. */
  readonly schemaInline?: string;
  readonly payloadBase64?: string;
  readonly slots?: Readonly<Record<string, SlotContents>>;
}

/** What stands in one of a partition's two snapshot slots. */
export interface SlotContents {
  readonly id: string;
  readonly chunks: number;
  /** Chunks that are there. */
  readonly present: readonly number[];
  readonly manifest: {
    readonly count: number;
    readonly hash: string;
    readonly seq: number;
    readonly offset: number;
    readonly writer: string;
    readonly code: string;
  } | null;
  /** Which snapshot each chunk is of; default: this one. */
  readonly chunkIds?: readonly string[];
  readonly writtenLast?: boolean;
}

export interface StoredPosition {
  readonly offset: number;
  readonly seq: number;
  readonly writer: string | null;
}

/** How valid bytes are spoiled, one after the other; `at` counts from the end where it is negative. */
export type Spoiling =
  | { readonly op: 'setByte' | 'replace' | 'insert'; readonly at: number; readonly hex: string }
  | { readonly op: 'truncate'; readonly drop?: number; readonly keep?: number }
  | { readonly op: 'append' | 'prepend'; readonly hex: string }
  | { readonly op: 'flipBit'; readonly at: number; readonly bit?: number };

export interface Expectation {
  readonly status: string | readonly string[];
  readonly problemType?: string | null;
  readonly problemTypes?: readonly string[];
  readonly alsoAllowed?: readonly string[];
  /** Indexes of the records that count. */
  readonly effective?: readonly number[];
  readonly valid?: readonly number[];
  readonly start?: StoredPosition;
  /** The auditor's rule that reports the run. */
  readonly auditor?: string;
}

/** What became of a case. */
export interface Disposition {
  readonly status: string;
  readonly problemType: string | null;
  readonly effective?: readonly number[];
  readonly valid?: readonly number[];
  readonly auditor?: readonly string[];
  /** What a person needs beside it. */
  readonly detail?: string;
}

/** The records and happenings of a case in order, repeats written out. */
export function stepsOf({ record, records }: TopicCase): readonly (CaseRecord | Happening)[] {
  const steps = records ?? (record ? [record] : []);
  return steps.flatMap((step) =>
    'repeat' in step ? Array.from({ length: step.repeat }, () => step.of) : [step],
  );
}

export const isHappening = (step: CaseRecord | Happening): step is Happening =>
  'takeover' in step || 'snapshot' in step;

/** Whether what became of a case is what it asks for. */
export function isAsExpected(expect: Expectation, got: Disposition): boolean {
  const allowed = [expect.status, expect.alsoAllowed ?? []].flat();
  const isFold = expect.status === 'fold' && foldStatuses.has(got.status);
  // what no producer of ours could have written needs no quarantine ("if the schema allows it at all")
  if (got.status === 'unencodable')
    return allowed.includes('quarantined') && expect.problemType === 'semantic';
  if (!isFold && !allowed.includes(got.status)) return false;
  const problems = expect.problemTypes ?? (expect.problemType ? [expect.problemType] : null);
  if (problems && !problems.includes(got.problemType ?? '')) return false;
  if (expect.effective && !isSameList(expect.effective, got.effective)) return false;
  if (expect.auditor && !got.auditor?.includes(expect.auditor)) return false;
  return !expect.valid || isSameList(expect.valid, got.valid);
}

/** A run that went through; what counts in it says `effective` or `valid`. */
const foldStatuses: ReadonlySet<string> = new Set(['processed', 'refused', 'dropped', 'anomaly', 'fold']);

const isSameList = (a: readonly number[], b: readonly number[] | undefined): boolean =>
  b !== undefined && a.length === b.length && a.every((one, i) => one === b[i]);
