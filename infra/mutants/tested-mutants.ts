import type { TestedMutant } from './mutant.ts';

const runtime = 'processors/runtime';
const task = `${runtime}/task.ts`;

/** Rules of what the simulator does not run (the API, Lua, a second release), or whose absence costs time alone. */
export const testedMutants: readonly TestedMutant[] = [
  {
    name: 'messages-before-the-check',
    undoes: 'nothing is sent of a slice before its append is checked',
    why: 'two owners of one release decide the same commands alike, so that their messages are the same; two releases need not',
    edits: [
      {
        file: task,
        from: `      owned.tail = await appendSlice(slice, owned.tail, this.sliceAppending());
      known.sawJournal(this.partition, owned.tail.end, owned.tail.position);
      crashPoint('runtime.after-check');
      owned.sender.enqueue(slice.messages, slice.lastSeq);`,
        to: `      owned.sender.enqueue(slice.messages, slice.lastSeq);
      owned.tail = await appendSlice(slice, owned.tail, this.sliceAppending());
      known.sawJournal(this.partition, owned.tail.end, owned.tail.position);`,
      },
    ],
    test: {
      file: 'processors/runtime/task.test.ts',
      name: 'sends nothing of a slice before its append was checked',
    },
  },
  {
    name: 'P1-priced-before-looked-up',
    undoes: 'P1: a replay is looked up before SKU, price and total',
    why: 'it is a rule of the HTTP API, which the simulator does not run',
    edits: [
      {
        file: 'api/idempotency/submit-once.ts',
        from: "  const looked = await look('quick');\n",
        to: "  const early = prepare(command);\n  if (early.is === 'refused') throw early.refusal;\n  const looked = await look('quick');\n",
      },
    ],
    test: {
      file: 'api/orders/orders.int.test.ts',
      name: 'after an unknown append the same request is neither refused nor doubled, though the price has changed',
    },
  },
  {
    name: 'P6-script-without-shebang',
    undoes: 'P6: Redis scripts start with `#!lua`',
    why: 'the simulated store knows no Lua; a real full Redis stops such a script half-way',
    edits: [
      {
        file: 'processors/views/redis-script.ts',
        from: "const lua = readFileSync(new URL(file, import.meta.url), 'utf8');",
        to: "const lua = readFileSync(new URL(file, import.meta.url), 'utf8').replace('#!lua\\n', '');",
      },
    ],
    test: {
      file: 'processors/views/redis-view-store.int.test.ts',
      name: 'a full store refuses what writes, whole, and still reads',
    },
  },
  {
    name: 'P8-one-lane-for-all-leaders',
    undoes: 'P8: a torn send holds up only the partitions of its leader',
    why: 'its absence costs time, not truth',
    edits: [
      {
        file: `${runtime}/flusher.ts`,
        from: 'const leader = log.leaderOf(append);',
        to: 'const leader = 0;',
      },
    ],
    test: {
      file: 'processors/runtime/flusher.test.ts',
      name: 'holds up only the lane of the leader that is slow',
    },
  },
  {
    name: 'sink-guard-b-off',
    undoes: 'guard (b): rows are taken only where the stored position is the one they follow',
    why: 'an insert also takes only rows that are not there, and the simulated one shows nothing without it; here both are off',
    edits: [
      {
        file: 'sinks/clickhouse/clickhouse-ledger.ts',
        from: 'WHERE ${isFollowed} AND ${isMissing}',
        to: 'WHERE {follows:UInt64} >= 0',
      },
    ],
    test: {
      file: 'sinks/clickhouse/guards.int.test.ts',
      name: 'the guard: a zombie that wakes in the middle of a block long written, its token gone, writes nothing',
    },
  },
];
