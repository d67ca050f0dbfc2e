import type { ComponentChildren } from 'preact';
import type { ProblemBody, Report } from './api.ts';
import { ago, instant } from './format.ts';
import type { Live } from './live.ts';
import { nowMs } from './server-clock.ts';

/** How fresh an answer is, in words. */
export interface Freshness {
  readonly text: string;
  readonly title: string;
  readonly isOld: boolean;
}

/** `unknown` is shown until an answer tells; `ageS` is the age of the answer itself. */
export interface FreshnessRule<T> {
  readonly unknown: string;
  readonly of: (answer: T, ageS: number) => Freshness;
}

/** Without news for so long, figures are shown as old ones: ticks of idle owners come every 15 s. */
const staleAfterS = 60;

/** "Complete until" of an instant: everything before it is in the figures. */
export function completeUntil(until: string | null, timeZone: string): Freshness {
  const lagS = until === null ? null : Math.max(0, (nowMs() - Date.parse(until)) / 1000);
  const isOld = lagS === null || lagS > staleAfterS;
  const age = isOld && lagS !== null ? `, ${ago(lagS)} ago` : '';
  return {
    text: `Complete until ${instant(until, nowMs(), timeZone)}${age}`,
    title: `${timeZone}; every order before is counted`,
    isOld,
  };
}

export const ofReport: FreshnessRule<Report> = {
  unknown: 'Complete until –',
  of: ({ meta }) => completeUntil(meta.complete_until, meta.tz),
};

/** Freshness of a list that a view tells `completeUntil` of. */
export const ofView = (timeZone: string): FreshnessRule<{ readonly completeUntil: string | null }> => ({
  unknown: 'Complete until –',
  of: ({ completeUntil: until }) => completeUntil(until, timeZone),
});

/** What cannot tell more than when it was asked for. */
export const justAsked: FreshnessRule<unknown> = {
  unknown: 'As of –',
  of: (_, ageS) => ({
    text: ageS === 0 ? 'As of now' : `As of ${ago(ageS)} ago`,
    title: '',
    isOld: ageS > staleAfterS,
  }),
};

export const placeAnOrder = (
  <>
    Run <code>npx millrace replay &lt;file&gt;</code>, place an order, or choose a longer time range.
  </>
);

interface PanelProps<T> {
  readonly id: string;
  readonly title: string;
  readonly live: Live<T>;
  readonly freshness: FreshnessRule<T>;
  readonly isEmpty: (answer: T) => boolean;
  readonly emptyText: string;
  readonly emptyHelp: ComponentChildren;
  readonly isWide?: boolean;
  readonly children: (answer: T) => ComponentChildren;
}

type State = 'loading' | 'ready' | 'empty' | 'stale' | 'error';

const stateOf = <T,>({ answer, problem }: Live<T>, isEmpty: boolean, isOld: boolean): State => {
  if (answer === null || (problem !== null && isEmpty)) return problem === null ? 'loading' : 'error';
  if (isEmpty) return 'empty';
  return isOld || problem !== null ? 'stale' : 'ready';
};

/** A card with a title, a word on how fresh it is, and one of five states. Figures stay, greyed, while no answer comes. */
export function Panel<T>(props: PanelProps<T>) {
  const { id, title, live, freshness, children, isWide } = props;
  const { answer, problem, ageS } = live;
  const told = answer === null ? null : freshness.of(answer, ageS);
  const state = stateOf(live, answer !== null && props.isEmpty(answer), told?.isOld ?? false);
  return (
    <section
      id={id}
      class={isWide === true ? 'card wide' : 'card'}
      aria-labelledby={`${id}-title`}
      aria-busy={state === 'loading'}
      data-state={state}
    >
      <div class="head">
        <h2 id={`${id}-title`}>{title}</h2>
        <p class="complete" title={told?.title}>
          {told?.text ?? freshness.unknown}
        </p>
      </div>
      {problem === null ? null : <Fault problem={problem} onRetry={live.again} />}
      {state === 'loading' ? <div class="skeleton" /> : null}
      {state === 'empty' ? (
        <p class="empty">
          <strong>{props.emptyText}</strong>
          {props.emptyHelp}
        </p>
      ) : null}
      {answer !== null && (state === 'ready' || state === 'stale') ? (
        <div class="body">{children(answer)}</div>
      ) : null}
    </section>
  );
}

/** The fault's title, code and request id, and a way to try again. */
const Fault = ({ problem, onRetry }: { problem: ProblemBody; onRetry: () => void }) => (
  <div class="error">
    <strong>{problem.title}</strong>
    {problem.type.split('/').at(-1)}
    {problem.requestId === null || problem.requestId === undefined ? ' ' : ` · request ${problem.requestId} `}
    <button type="button" class="quiet" onClick={onRetry}>
      Try again
    </button>
  </div>
);
