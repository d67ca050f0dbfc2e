import { assertNever } from '../../schemas/assert-never.ts';
import { orderPath, orderSteps } from '../../schemas/order-path.ts';
import { archivedTransitions, orderStates, orderTransitions } from '../../schemas/order-transitions.ts';
import {
  earlierReplies,
  neverAskedReplies,
  outcomes,
  paymentColumns,
  paymentPath,
  paymentStates,
  paymentSteps,
  paymentTransitions,
} from '../../schemas/payment-transitions.ts';
import {
  refundColumns,
  refundPath,
  refundStates,
  refundSteps,
  refundTransitions,
} from '../../schemas/refund-transitions.ts';
import {
  holdPath,
  holdStates,
  holdSteps,
  holdTransitions,
  skuPath,
  skuStates,
  skuTransitions,
  stockSteps,
} from '../../schemas/stock-transitions.ts';
import type { Cell, PathTable } from '../../schemas/transition-cell.ts';
import { code, markdownTable, page, type ReferencePage } from './markdown.ts';

type AnyRow = Readonly<Record<string, Cell<string, string>>>;
type AnyPath = PathTable<string, string>;

function cellText(cell: Cell<string, string> | undefined, state: string): string {
  if (cell === undefined) return '';
  switch (cell.is) {
    case 'ignore':
      return `ignored: ${cell.reason}`;
    case 'refuse':
      return `refused: ${cell.reason}`;
    case 'anomaly':
      return `**anomaly**: ${cell.reason}${cell.refuse === null ? '' : `; refused: ${cell.refuse}`}`;
    case 'rule': {
      const isKept = cell.to.length === 0 || (cell.to.length === 1 && cell.to[0] === state);
      return isKept ? code(cell.rule) : `${code(cell.rule)} → ${cell.to.join(', ')}`;
    }
    default:
      return assertNever(cell);
  }
}

/** Rows are commands, columns are states. */
const commandTable = (states: readonly string[], table: Readonly<Record<string, AnyRow>>): string =>
  markdownTable(
    ['Command', ...states],
    Object.entries(table).map(([command, row]) => [
      code(command),
      ...states.map((state) => cellText(row[state], state)),
    ]),
  );

/** Rows are states, columns what is said of them. */
const replyTable = (columns: readonly string[], table: Readonly<Record<string, AnyRow>>): string =>
  markdownTable(
    ['State', ...columns],
    Object.entries(table).map(([state, row]) => [
      state,
      ...columns.map((column) => cellText(row[column], state)),
    ]),
  );

const pathTable = (states: readonly string[], steps: readonly string[], path: AnyPath): string =>
  markdownTable(
    ['Event', ...states],
    steps.map((step) => [
      code(step),
      ...states.map((state) => {
        const to = path[step]?.[state] ?? null;
        return to === state ? 'stays' : (to ?? '–');
      }),
    ]),
  );

/** The moves of a path between different states, drawn. */
function diagram(states: readonly string[], steps: readonly string[], path: AnyPath): string {
  const byMove = new Map<string, string[]>();
  for (const from of states) {
    for (const step of steps) {
      const to = path[step]?.[from] ?? null;
      if (to === null || to === from) continue;
      const move = `${from === states[0] ? '[*]' : from} --> ${to}`;
      byMove.set(move, [...(byMove.get(move) ?? []), step.replace(':', ' ')]);
    }
  }
  const lines = [...byMove].map(([move, by]) => `  ${move} : ${by.join(', ')}`);
  return ['```mermaid', 'stateDiagram-v2', ...lines, '```'].join('\n');
}

const machine = (
  title: string,
  states: readonly string[],
  commands: readonly string[],
  steps: readonly string[],
  path: AnyPath,
): readonly string[] => [
  `## ${title}`,
  diagram(states, steps, path),
  ...commands,
  'What each event does to the state; – must never stand in a journal, the fold throws on it:',
  pathTable(states, steps, path),
];

const archivedTable = Object.fromEntries(
  Object.entries(archivedTransitions).map(([row, cell]) => [row, { archived: cell }]),
);

/** `transition-tables.md`: order, payment, refund, SKU and hold, from the tables the processors decide by. */
export function transitionTablesPage(): ReferencePage {
  const replies = { 'an earlier operation': earlierReplies, 'never asked': neverAskedReplies };
  return page('transition-tables.md', 'Transition tables', 'the tables in schemas/', [
    'What a command does in each state. `rule` → the states it may lead to (none: the state is kept) names a function of the processor; *ignored* and *refused* are the events `CommandIgnored` and `CommandRefused` with their reason; an **anomaly** is recorded, changes nothing and calls a person. Processors decide by these tables, tests walk them, the auditor judges by them.',
    ...machine(
      'Order',
      orderStates,
      [
        commandTable(orderStates, orderTransitions),
        'An order at rest leaves the state after 400 days (`OrderArchived`, at a Tick); of it a hash of its id stays known:',
        commandTable(['archived'], archivedTable),
      ],
      orderSteps,
      orderPath,
    ),
    ...machine(
      'Payment',
      paymentStates,
      [
        'The rows are states. Columns: what the provider answered to the latest operation (`ReportOutcome`), what a look-up shows (`ReportFacts`), and what time alone brings.',
        replyTable(paymentColumns, paymentTransitions),
        'Replies that no state waits for:',
        replyTable(outcomes, replies),
      ],
      paymentSteps,
      paymentPath,
    ),
    ...machine(
      'Refund',
      refundStates,
      ['One for each `refundId`, beside the payment.', replyTable(refundColumns, refundTransitions)],
      refundSteps,
      refundPath,
    ),
    ...machine('SKU', skuStates, [commandTable(skuStates, skuTransitions)], stockSteps, skuPath),
    ...machine('Hold', holdStates, [commandTable(holdStates, holdTransitions)], holdSteps, holdPath),
  ]);
}
