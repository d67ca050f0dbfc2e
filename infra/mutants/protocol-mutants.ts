import type { Mutant } from './mutant.ts';

const runtime = 'processors/runtime';
const task = `${runtime}/task.ts`;

/** Owner, journal, messages: DESIGN §3. */
export const protocolMutants: readonly Mutant[] = [
  {
    name: 'mark-without-index',
    undoes: 'the mark of a source is the pair (seq, index)',
    edits: [
      {
        file: 'schemas/source-mark.ts',
        from: 'return a.seq - b.seq || a.index - b.index;',
        to: 'return a.seq - b.seq;',
      },
    ],
  },
  {
    name: 'repeats-not-dropped',
    undoes: 'a pair not above the mark is a repeat',
    edits: [{ file: `${runtime}/process-slice.ts`, from: "if (verdict === 'repeat') {", to: 'if (false) {' }],
  },
  {
    name: 'repeat-after-an-eventless-no-op',
    undoes: 'every command that is no repeat gives an event, so that it moves the mark',
    edits: [
      { file: 'schemas/notes.ts', from: 'return [ignored(subject, cell.reason)];', to: 'return [];' },
      {
        file: `${runtime}/process-slice.ts`,
        from: 'if (mark === null) return this.dropRepeat();',
        to: 'return this.dropRepeat();',
      },
    ],
  },
  {
    name: 'decided-again-after-unknown-append',
    profile: 'two-owners',
    undoes: 'an unknown append is repeated with the very same bytes',
    edits: [
      {
        file: task,
        from: 'owned.tail = await appendSlice(slice, owned.tail, this.sliceAppending());',
        to: `const once = await this.all.flusher.append({ ...this.journal, records: slice.records }, this.abort.signal);
      if (once.is !== 'appended') {
        this.fail(new LostOwnership('the append failed: decide its commands again'));
        throw new Dropped();
      }
      owned.tail = { position: { offset: once.baseOffset + BigInt(slice.records.length - 1), seq: slice.lastSeq, writer: this.writer }, end: once.baseOffset + BigInt(slice.records.length) };`,
      },
    ],
  },
  {
    name: 'base-unchecked',
    profile: 'two-owners',
    undoes: 'the answer must name the expected base offset',
    edits: [
      {
        file: `${runtime}/append-slice.ts`,
        from: "if (judgeBase(appended) === 'expected') {",
        to: 'if (judgeBase(appended) !== null) {',
      },
    ],
  },
  {
    name: 'gap-without-barriers',
    profile: 'two-owners',
    undoes: 'a newer Barrier in the gap means that another is the owner',
    edits: [
      {
        file: `${runtime}/check-answer.ts`,
        from: "    if (event.body.type === 'Barrier') {\n",
        to: '    if (false) {\n',
      },
    ],
  },
  {
    name: 'failed-send-ignored',
    undoes: 'a message is sent again until it is acknowledged',
    edits: [
      {
        file: `${runtime}/send-messages.ts`,
        from: 'await appendUntilKnown({ ...target.at, records }, appending);',
        to: 'await appending.flusher.append({ ...target.at, records }, appending.signal);',
      },
    ],
  },
  {
    name: 'failed-send-and-gap-ignored',
    undoes: 'the same, where no receiver looks for gaps either',
    edits: [
      {
        file: `${runtime}/send-messages.ts`,
        from: 'await appendUntilKnown({ ...target.at, records }, appending);',
        to: 'await appending.flusher.append({ ...target.at, records }, appending.signal);',
      },
      { file: `${runtime}/process-slice.ts`, from: "if (verdict === 'gap') throw", to: 'if (false) throw' },
    ],
  },
  {
    name: 'resend-skipped',
    profile: 'two-owners',
    undoes: 'a take-over sends the messages after routedThrough again',
    edits: [{ file: task, from: 'sender.enqueue(resent, fold.seq);', to: 'sender.enqueue([], fold.seq);' }],
  },
  {
    name: 'routed-before-acknowledged',
    profile: 'two-owners',
    undoes: 'routedThrough is moved by acknowledgements alone',
    edits: [
      {
        file: `${runtime}/send-messages.ts`,
        from: '    this.batches.push(batch);\n',
        to: '    this.batches.push(batch);\n    this.routed = lastSeq;\n',
      },
    ],
  },
  {
    name: 'no-rejoin',
    profile: 'two-owners',
    undoes: 'who lost a partition joins the group again to learn the truth',
    edits: [{ file: task, from: '      onLost();\n', to: '' }],
  },
  {
    name: 'resume-at-the-group-offset',
    profile: 'two-owners',
    undoes: 'the inbox is resumed behind the highest cause in the journal',
    edits: [
      {
        file: task,
        from: '    this.openInbox(taken);\n',
        to: `    const committed = await (this.all.group as Group).committed(this.inbox);
    this.nextOffset = committed ?? 0n;
    this.all.group.resumeAt(this.inbox, this.nextOffset);
`,
      },
    ],
  },
  {
    name: 'first-barrier-wins-not',
    profile: 'two-owners',
    undoes: 'who finds another as the last valid writer at his Barrier is no owner',
    edits: [
      {
        file: `${runtime}/take-over.ts`,
        from: 'if (journalFold.position.writer !== writer) {',
        to: 'if (false) {',
      },
    ],
  },
  {
    name: 'barrier-follows-nobody',
    profile: 'two-owners',
    undoes: 'a Barrier that does not follow the last valid one is void',
    edits: [
      {
        file: 'schemas/accept-journal-record.ts',
        from: 'if (event.body.follows !== position.writer || event.body.writer === position.writer) return null;',
        to: '',
      },
    ],
  },
  {
    name: 'writer-unchecked',
    profile: 'two-owners',
    undoes: 'a record is valid only from the writer whom the last valid Barrier names',
    edits: [
      {
        file: 'schemas/accept-journal-record.ts',
        from: 'if (position.writer === null || event.writer !== position.writer) return null;',
        to: '',
      },
    ],
  },
  {
    name: 'seq-unchecked',
    undoes: 'a record is valid only with the next seq',
    edits: [
      {
        file: 'schemas/accept-journal-record.ts',
        from: 'if (event.seq !== position.seq + 1) return null;',
        to: '',
      },
    ],
  },
  {
    name: 'snapshot-before-the-check',
    undoes:
      'only events whose append was checked are in a snapshot (its wait for the messages and the comparison at load are off too)',
    edits: [
      {
        file: task,
        from: '      owned.tail = await appendSlice(',
        to: '      owned.snapshotter.offer(owned.context.fold, { offset: owned.tail.position.offset, seq: slice.lastSeq, writer: this.writer });\n      owned.tail = await appendSlice(',
      },
      {
        file: task,
        from: '      owned.snapshotter.offer(owned.context.fold, owned.tail.position);\n',
        to: '',
      },
      {
        file: `${runtime}/snapshotter.ts`,
        from: '    await this.all.whenRouted(position.seq);\n',
        to: '',
      },
      {
        file: `${runtime}/load-snapshot.ts`,
        from: 'if (last?.event.seq !== position.seq || last.event.writer !== position.writer) {',
        to: 'if (last === null) {',
      },
    ],
  },
  {
    name: 'snapshot-before-acknowledged',
    undoes: 'only events whose messages are acknowledged are in a snapshot',
    edits: [
      {
        file: `${runtime}/snapshotter.ts`,
        from: '    await this.all.whenRouted(position.seq);\n',
        to: '',
      },
    ],
  },
  {
    name: 'old-memory-kept',
    profile: 'two-owners',
    undoes: 'every assignment, also an unchanged one, drops memory and takes over anew',
    edits: [
      {
        file: `${runtime}/assigned-tasks.ts`,
        from: '    for (const task of this.tasks.values()) task.drop();\n    this.hasAssignment = true;',
        to: '    this.hasAssignment = true;',
      },
    ],
  },
];
