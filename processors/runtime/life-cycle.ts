/**
 * The life of a task, one inbox partition in the hands of this process.
 *
 *   taking-over ──► running ◄──► waiting        (a dependency, or the clock, is not ready for the next record)
 *     │    │         │   │          │
 *     │    └─────────┼───┴──► quiescing ◄───────(a rebalance has begun, or the process ends: no new slice)
 *     ▼              ▼          │
 *   lost, stopped ◄─────────────┤               (another owns the partition; or only a person can help)
 *     │                         │
 *     └──────────► dropped ◄────┘               (a new assignment: its memory counts for nothing any more)
 */
const moves = {
  'taking-over': ['running', 'quiescing', 'lost', 'stopped', 'dropped'],
  running: ['waiting', 'quiescing', 'lost', 'stopped', 'dropped'],
  waiting: ['running', 'quiescing', 'stopped', 'dropped'],
  quiescing: ['lost', 'stopped', 'dropped'],
  lost: ['dropped'],
  stopped: ['dropped'],
  dropped: [],
} as const satisfies Record<string, readonly string[]>;

export type TaskState = keyof typeof moves;

export const taskStates = Object.keys(moves) as readonly TaskState[];

/** The states a task can be in next. */
export const movesFrom = (state: TaskState): readonly TaskState[] => moves[state];

/** Returns `to`. Throws if the table does not allow the move: a bug, never an outcome. */
export function move(from: TaskState, to: TaskState): TaskState {
  if (movesFrom(from).includes(to)) return to;
  throw new Error(`a task cannot go from ${from} to ${to}`);
}
