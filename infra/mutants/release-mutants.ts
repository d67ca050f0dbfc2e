import type { Mutant } from './mutant.ts';

const runtime = 'processors/runtime';

/** A release that follows the one that wrote the journal, and a disk that lost what it had acknowledged. */
export const releaseAndDiskMutants: readonly Mutant[] = [
  {
    name: 'P4-next-release-reacts-anew',
    undoes: 'P4: `react` is frozen for each event version',
    edits: [
      {
        file: 'processors/orders/react-order.ts',
        from: "    case 'OrderPlaced':\n      return event.holds.map(",
        to: `    case 'OrderPlaced':
      released.reactions += 1;
      return (released.reactions > 200 ? event.holds.toReversed() : event.holds).map(`,
      },
      {
        file: 'processors/orders/react-order.ts',
        from: 'export function reactOrder(',
        to: `const released = { reactions: 0 };
export function reactOrder(`,
      },
    ],
  },
  {
    name: 'P5-inbox-taken-as-it-is',
    profile: 'power-cut',
    undoes:
      'P5: a take-over checks that the inbox reaches past the highest cause, and holds the record it names',
    edits: [
      {
        file: `${runtime}/take-over.ts`,
        from: '  checkInboxRange(inboxRange, journalFold.fold.highestCause, knownInbox);\n',
        to: '',
      },
      {
        file: `${runtime}/check-inbox.ts`,
        from: '  const { cause, body } = event;\n',
        to: '  if (record) return;\n  const { cause, body } = event;\n',
      },
    ],
  },
];
