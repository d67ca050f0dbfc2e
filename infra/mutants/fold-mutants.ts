import type { Mutant } from './mutant.ts';

/** Redis views and the sink: DESIGN §4. Guards that are SQL or Lua are undone in the engine's model. */
export const foldMutants: readonly Mutant[] = [
  {
    name: 'view-position-unchecked',
    profile: 'folds',
    undoes: 'a batch is applied only where the stored position is the one it starts from',
    edits: [
      {
        file: 'processors/simulation/simulated-redis.ts',
        from: 'if (!isEqual(this.stored(positionKey).slice(0, 3), lineageOf(from))) return false;',
        to: '',
      },
      {
        file: 'processors/views/redis-view.ts',
        from: 'if (!isSame(parsePosition(stored), from)) return null;',
        to: '',
      },
    ],
  },
  {
    name: 'view-refusal-taken-for-done',
    profile: 'folds',
    undoes: 'a batch that the view refuses is not applied: its writer looks where the view stands',
    edits: [
      {
        file: 'processors/views/view-fold.ts',
        from: "if (after === 'moved') return read(at);",
        to: "if (after === 'moved') return at && (events.at(-1)?.position ?? from);",
      },
    ],
  },
  {
    name: 'sink-guard-a-token',
    profile: 'folds',
    undoes: 'guard (a): a table drops a block whose token it knows',
    edits: [
      {
        file: 'processors/simulation/simulated-clickhouse.ts',
        from: 'if (known.has(name)) return;',
        to: '',
      },
    ],
  },
  {
    name: 'sink-guard-c-position-first',
    profile: 'folds',
    undoes: 'guard (c): the position row is written after its block',
    edits: [
      {
        file: 'sinks/clickhouse/insert-block.ts',
        from: '  if (countRows(at.block.rows) > 0) {\n',
        to: '  await ledger.insertPosition(at, { position: at.block.end, watermarkMs: at.block.watermarkMs, nextRule }, at.follows);\n  if (countRows(at.block.rows) > 0) {\n',
      },
      // the table itself takes a position only behind its whole block
      {
        file: 'processors/simulation/simulated-clickhouse.ts',
        from: '    if (ledgerTableNames.some(isShort)) return [];\n',
        to: '    if (ledgerTableNames.some(isShort) && this.isAway) return [];\n',
      },
    ],
  },
  {
    name: 'sink-rows-there-sent-again',
    profile: 'folds',
    undoes: 'an insert takes only the rows that are not there yet',
    edits: [
      {
        file: 'processors/simulation/simulated-clickhouse.ts',
        from: 'const there = new Set(this.rowsInRange(table, at).map(rowKey));',
        to: 'const there = new Set<string>();',
      },
    ],
  },
  {
    name: 'sink-view-not-mended',
    profile: 'folds',
    undoes: 'a view row that was lost behind its base is added',
    edits: [
      {
        file: 'sinks/clickhouse/insert-block.ts',
        from: '    await ledger.mendView(at, differences);\n',
        to: '',
      },
    ],
  },
  {
    name: 'sink-counts-the-other-journal',
    profile: 'folds',
    undoes:
      'a block is finished by the tables of its own journal: the other one gives the same numbers to other rows',
    edits: [
      {
        file: 'sinks/clickhouse/insert-block.ts',
        from: '  for (const table of tables) {\n',
        to: '  for (const table of ledgerTableNames) {\n',
      },
    ],
  },
  {
    name: 'sink-sale-leaves-the-shelf-full',
    profile: 'folds',
    undoes: 'a committed hold takes its pieces from what is on hand',
    edits: [
      {
        file: 'sinks/clickhouse/stock-rows.ts',
        from: '  HoldCommitted: { onHand: -1, held: -1, allocated: 1 },',
        to: '  HoldCommitted: { onHand: 0, held: -1, allocated: 1 },',
      },
    ],
  },
  {
    name: 'P7-own-rule-at-start',
    profile: 'folds',
    undoes: 'P7: the first block after a start is cut by the rule that the position row names',
    edits: [
      {
        file: 'sinks/clickhouse/ledger-fold.ts',
        from: '        rule: parseRule(stored.nextRule),\n',
        to: '        rule,\n',
      },
    ],
  },
];
