import { setTimeout as wait } from 'node:timers/promises';
import type { Report } from '../../api/analytics/report.ts';
import { BucketWatch, type Watched } from './bucket-watch.ts';
import type { BareStore, SampledReport } from './sampled-reports.ts';

export interface SamplerOptions {
  /** Base address of the API, and a key that may read analytics. */
  readonly api: string;
  readonly credential: string;
  readonly reports: readonly SampledReport[];
  /** Names of the processes of the stack that are not ready now. */
  readonly partsDown: () => Promise<readonly string[]>;
}

/** What was asked so far. */
export interface SampleCounts {
  /** Answers with figures. */
  readonly answers: number;
  /** Of these, how many came while the same process was not ready before and after. */
  readonly whileDown: number;
  /** The processes that were down around one of those. */
  readonly down: ReadonlySet<string>;
  /** Questions without figures, by the problem's code; `no answer` where none came. */
  readonly unanswered: Readonly<Record<string, number>>;
}

/** A question that was answered: its report, and as of when; null: as of now. */
interface Asked extends Watched {
  readonly report: SampledReport;
  readonly asOf: string | null;
}

const minuteMs = 60_000;
/** A few questions a second, so that what is watched is hardly slowed. */
const pauseMs = 250;
const answerWithinMs = 30_000;
/** A new instant so far apart; each is asked about again and again. */
const instantEveryMs = 30_000;
/** Instants whose answers are compared with the log too; all of them are compared with themselves. */
const instantsFolded = 3;

/**
 * Asks the reports all through a run, in turn, as they stand and as of earlier instants; what they promise is held against
 * every later answer, and at the end against the log.
 */
export class ReportSampler {
  readonly watch = new BucketWatch();
  private readonly options: SamplerOptions;
  /** Start of every range: a whole minute. */
  private readonly fromMs: number;
  private readonly asked = new Map<string, Asked>();
  /** Figures of each report's rows, from whichever answer of it had one; all its questions show the same. */
  private readonly columns = new Map<SampledReport, readonly string[]>();
  private readonly instants: string[] = [];
  private readonly counted = { answers: 0, whileDown: 0 };
  private readonly unanswered: Record<string, number> = {};
  private readonly down = new Set<string>();
  private isOver = false;
  private running: Promise<void> | null = null;

  constructor(options: SamplerOptions) {
    this.options = options;
    this.fromMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  }

  get counts(): SampleCounts {
    return { ...this.counted, down: this.down, unanswered: this.unanswered };
  }

  start(): void {
    this.running = this.run();
    this.running.catch(() => undefined); // who stops it hears of it
  }

  /** Stops, and asks once more for everything that was ever answered. Throws if one of them has no answer now. */
  async finish(): Promise<void> {
    await this.stop();
    for (const asked of this.asked.values()) {
      if (!(await this.ask(asked))) throw new Error(`${asked.key} is not answered after the run`);
    }
  }

  /** Rejects if an answer was none that a report may give. */
  async stop(): Promise<void> {
    this.isOver = true;
    await this.running;
  }

  /** Where what was promised is not what the log's bare events say; a report that never had a row too, where they have one. */
  differencesFrom(store: BareStore): readonly string[] {
    const step = Math.max(1, Math.floor(this.instants.length / instantsFolded));
    const folded = new Set(this.instants.filter((_, i) => i % step === 0));
    return [...this.asked.values()].flatMap((asked) => {
      if (asked.asOf !== null && !folded.has(asked.asOf)) return [];
      const untilMs = asked.asOf === null ? this.watch.completeUntilMs(asked.key) : Date.parse(asked.asOf);
      if (untilMs === null) return [];
      const { bucketMs } = asked;
      const endMs = bucketMs === null ? untilMs : Math.floor(untilMs / bucketMs) * bucketMs;
      const firstMs = this.fromOf(asked.report);
      const said = store.rowsOf(
        asked.report,
        { fromMs: firstMs, untilMs: endMs },
        this.columns.get(asked.report) ?? null,
      );
      return differences(asked.key, this.watch.rowsOf(asked.key), said);
    });
  }

  private async run(): Promise<void> {
    let before: readonly string[] = [];
    for (let turn = 0; !this.isOver; turn += 1) {
      const answered = await this.ask(this.choose(turn));
      const after = await this.options.partsDown();
      const stayed = before.filter((name) => after.includes(name));
      if (answered && stayed.length > 0) {
        this.counted.whileDown += 1;
        for (const name of stayed) this.down.add(name);
      }
      before = after;
      this.addInstant();
      await wait(pauseMs);
    }
  }

  /** Two as of now for one as of an instant; each report in its turn. */
  private choose(turn: number): Asked {
    const { reports } = this.options;
    const standing = reports.filter(({ bucketMs }) => bucketMs !== null);
    const round = Math.floor(turn / 3);
    const asOf = this.instants[Math.floor(round / reports.length) % Math.max(1, this.instants.length)];
    const report = reports[round % reports.length];
    if (turn % 3 === 2 && asOf !== undefined && report !== undefined) return this.question(report, asOf);
    const next = standing[(turn - round) % standing.length];
    if (next === undefined) throw new TypeError('no report has buckets');
    return this.question(next, null);
  }

  private question(report: SampledReport, asOf: string | null): Asked {
    const { path, query, names, bucketMs } = report;
    const parameters = new URLSearchParams({
      from: new Date(this.fromOf(report)).toISOString(),
      tz: 'UTC',
      ...query,
      ...(asOf === null ? {} : { asOf }),
    });
    return { key: `${path}?${parameters}`, names, bucketMs: asOf === null ? bucketMs : null, report, asOf };
  }

  private fromOf({ query }: SampledReport): number {
    return query['from'] === undefined ? this.fromMs : Date.parse(query['from']);
  }

  /** The instant up to which both journals are in the tables, once that is behind the start of the range. */
  private addInstant(): void {
    const standing = [...this.asked.values()].filter(({ asOf }) => asOf === null);
    const paths = new Set(standing.map(({ report }) => report.path));
    if (!paths.has('stock') || !paths.has('sales')) return;
    const complete = standing.map(({ key }) => this.watch.completeUntilMs(key) ?? 0);
    const untilMs = Math.min(...complete);
    const lastMs = Date.parse(this.instants.at(-1) ?? new Date(this.fromMs).toISOString());
    if (untilMs - lastMs >= instantEveryMs) this.instants.push(new Date(untilMs).toISOString());
  }

  private miss(code: string): false {
    this.unanswered[code] = (this.unanswered[code] ?? 0) + 1;
    return false;
  }

  /** False: no answer now. Throws on one that is neither figures nor 503. */
  private async ask(asked: Asked): Promise<boolean> {
    const { api, credential } = this.options;
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(`${api}/v1/analytics/${asked.key}`, {
        headers: { authorization: `Bearer ${credential}` },
        signal: AbortSignal.timeout(answerWithinMs),
      });
      body = await response.json();
    } catch {
      return this.miss('no answer'); // the API is among those that are killed
    }
    if (response.status === 503) return this.miss(codeOf(body));
    if (response.status !== 200) throw new Error(`${asked.key}: ${response.status} ${JSON.stringify(body)}`);
    const report = body as Report;
    this.counted.answers += 1;
    this.asked.set(asked.key, asked);
    const figures = Object.keys(report.data[0] ?? {}).filter((name) => !places.has(name));
    if (figures.length > 0) this.columns.set(asked.report, figures);
    this.watch.take(asked, report);
    return true;
  }
}

/** The last segment of a problem's `type`. */
const codeOf = (problem: unknown): string =>
  String((problem as { readonly type?: string }).type)
    .split('/')
    .at(-1) ?? '';

const places = new Set(['bucket', 'bucket_local', 'partial']);

/** Rows without any figure but 0 need not be there: an event may have its place in a table and move nothing. */
function differences(
  key: string,
  promised: ReadonlyMap<string, string>,
  said: ReadonlyMap<string, string>,
): readonly string[] {
  const isAnything = (figures: string): boolean =>
    Object.values(JSON.parse(figures) as Readonly<Record<string, unknown>>).some(
      (figure) => figure !== 0 && figure !== null,
    );
  return [...new Set([...promised.keys(), ...said.keys()])].flatMap((name) => {
    const [is = 'nothing', log = 'nothing'] = [promised.get(name), said.get(name)];
    const isNothing = [is, log].every((figures) => figures === 'nothing' || !isAnything(figures));
    return is === log || isNothing ? [] : [`${key} ${name}: the report says ${is}, the log ${log}`];
  });
}
