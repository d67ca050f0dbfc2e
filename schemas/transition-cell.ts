/**
 * One cell of a transition table (state × command): what the command does in that state. Tables are data, so that
 * the processors decide by them, a test walks them, and the auditor judges by them.
 */
export type Cell<State extends string, Rule extends string> =
  /** Nothing changes: `CommandIgnored{reason}`. */
  | { readonly is: 'ignore'; readonly reason: string }
  /** `CommandRefused{reason}`. */
  | { readonly is: 'refuse'; readonly reason: string }
  /** Impossible here, state kept, alarm: `AnomalyRecorded{reason}`, and a refusal too where `refuse` names one. */
  | { readonly is: 'anomaly'; readonly reason: string; readonly refuse: string | null }
  /** A function of the processor decides; `to` names every state it may lead to. */
  | { readonly is: 'rule'; readonly rule: Rule; readonly to: readonly State[] };

export const ignore = (reason: string) => ({ is: 'ignore', reason }) as const;
export const refuse = (reason: string) => ({ is: 'refuse', reason }) as const;
export const anomaly = (reason: string, refusal: string | null = null) =>
  ({ is: 'anomaly', reason, refuse: refusal }) as const;
export const rule = <State extends string, Rule extends string>(name: Rule, to: readonly State[]) =>
  ({ is: 'rule', rule: name, to }) as const;

/** State × event → state: the legal paths of a fold. Null where the event cannot stand in that state. */
export type PathTable<State extends string, Step extends string> = Readonly<
  Record<Step, Readonly<Record<State, State | null>>>
>;

/** A row of a path table from its legal moves; every other state has none. */
export function movesOf<State extends string>(
  states: readonly State[],
  moves: Readonly<Partial<Record<State, State>>>,
): Readonly<Record<State, State | null>> {
  return Object.fromEntries(states.map((state) => [state, moves[state] ?? null])) as Record<
    State,
    State | null
  >;
}

/** A row of a path table for an event that changes no state, wherever it stands. */
export const keepsState = <State extends string>(states: readonly State[]): Readonly<Record<State, State>> =>
  Object.fromEntries(states.map((state) => [state, state])) as Record<State, State>;
