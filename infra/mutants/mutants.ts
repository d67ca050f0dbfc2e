import type { Mutant, TestedMutant } from './mutant.ts';

const runtime = 'processors/runtime';
const task = `${runtime}/task.ts`;

/** Owner, journal, messages: DESIGN §3. */
const protocol: readonly Mutant[] = [
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

/** Time: DESIGN §3, "Time is a record". */
const time: readonly Mutant[] = [
  {
    name: 'wall-clock-watermark',
    undoes: "a watermark is the log's time, not the owner's",
    edits: [
      {
        file: `${runtime}/process-slice.ts`,
        from: "const timePassed = { type: 'TimePassed', atMs: stamp.atMs };",
        to: "const timePassed = { type: 'TimePassed', atMs: this.limits.latestMs - 300_000 };",
      },
    ],
  },
  {
    name: 'time-falls',
    undoes: "a partition's time never falls, whatever the broker's clock does",
    edits: [
      {
        file: `${runtime}/process-slice.ts`,
        from: 'atMs: Math.max(this.context.fold.timeMs, record.timestampMs),',
        to: 'atMs: record.timestampMs,',
      },
    ],
  },
];

/** Commands, stock and money: reliability.md §1, payments.md. */
const domain: readonly Mutant[] = [
  {
    name: 'P2-command-id-forgotten',
    undoes: 'P2: a changing POST that is appended twice takes effect once',
    edits: [
      {
        file: 'processors/stock/decide-stock.ts',
        from: 'about.commandId === null ? undefined : recallId(stock.commands, about.commandId, atMs);',
        to: 'undefined as string | null | undefined;',
      },
    ],
  },
  {
    name: 'fingerprint-ignored',
    undoes: 'one key with another body is refused',
    edits: [
      {
        file: 'processors/orders/decide-order.ts',
        from: "fingerprint === order.fingerprint ? [] : [refused(about, 'key-reused')],",
        to: '[],',
      },
    ],
  },
  {
    name: 'P3-unknown-closes-the-order',
    undoes: 'P3: only a determinate outcome closes an attempt (in the order)',
    edits: [
      {
        file: 'processors/payments/decide-outcome.ts',
        from: '  if (!op) return noted(neverAskedReplies[outcome.is]);\n',
        to: "  if (!op) return noted(neverAskedReplies[outcome.is]);\n  if (payment.doubt !== null) return noted({ is: 'repeat' });\n",
      },
      // the look-up would find what the answer said
      {
        file: 'processors/payments/decide-facts.ts',
        from: "  if (facts.n < lookUp.n) return noted({ is: 'ignore', reason: 'older-look-up' });\n",
        to: "  if (facts.n < lookUp.n || payment.doubt !== null) return noted({ is: 'ignore', reason: 'older-look-up' });\n",
      },
    ],
  },
  {
    name: 'oversell',
    undoes: 'available = on hand − held',
    edits: [
      {
        file: 'processors/stock/decide-hold.ts',
        from: 'quantity > stock.onHand - stock.held)',
        to: 'quantity > stock.onHand)',
      },
    ],
  },
  {
    name: 'oversell-folded',
    profile: 'hot-sku',
    undoes: 'no more is held than is on hand (in the decision and in the fold)',
    edits: [
      {
        file: 'processors/stock/decide-hold.ts',
        from: 'quantity > stock.onHand - stock.held)',
        to: 'quantity > stock.onHand - stock.held + 1)',
      },
      {
        file: 'processors/stock/stock.ts',
        from: 'if (stock.held < 0 || stock.onHand < stock.held || stock.allocated < 0) {',
        to: 'if (stock.held < 0 || stock.allocated < 0) {',
      },
    ],
  },
  {
    name: 'last-piece-kept',
    profile: 'hot-sku',
    undoes: 'whoever is refused as sold out asked for more than was left',
    edits: [
      {
        file: 'processors/stock/decide-hold.ts',
        from: 'quantity > stock.onHand - stock.held)',
        to: 'quantity >= stock.onHand - stock.held)',
      },
    ],
  },
  {
    name: 'new-key-per-attempt',
    undoes: 'a payment operation has one key however often it is tried',
    edits: [
      {
        file: 'processors/payments/worker-op.ts',
        from: '    key,\n    amount:',
        to: '    key: `${key}-${Math.random()}`,\n    amount:',
      },
    ],
  },
  {
    name: 'unknown-read-as-no',
    undoes: 'a lost reply is unknown, never a decline',
    edits: [
      {
        file: 'infra/psp/provider-replies.ts',
        from: "if (result.is === 'lost') return { is: 'unknown', cause: lostCauses[result.why] };",
        to: "if (result.is === 'lost') return { is: 'no', code: 'card_declined', next: 'other-method' };",
      },
    ],
  },
  {
    name: 'server-error-read-as-not-executed',
    undoes: 'a 5xx is unknown',
    edits: [
      {
        file: 'infra/psp/provider-replies.ts',
        from: "if (status === 424 || status >= 500) return { is: 'unknown', cause: 'server' };",
        to: "if (status === 424 || status >= 500) return { is: 'no', code: 'card_declined', next: 'later' };",
      },
    ],
  },
  {
    name: 'other-amount-taken',
    undoes: 'an ok needs amount, currency and reference equal to the operation (adapter and order)',
    edits: [
      {
        file: 'infra/psp/provider-replies.ts',
        from: 'return isAboutOp(op, payment, scale) ? judgePayment(op, payment, scale) : mismatch;',
        to: 'return judgePayment(op, payment, scale);',
      },
      {
        file: 'infra/psp/provider-replies.ts',
        from: 'const wanted = scale.toProvider(op.amount);',
        to: "const wanted = op.kind === 'authorize' ? payment.amount_capturable : payment.amount_received;",
      },
      {
        file: 'infra/psp/provider-replies.ts',
        from: 'amount: op.amount, ...captureBefore(payment) }',
        to: 'amount: { minor: payment.amount, currency: op.amount.currency }, ...captureBefore(payment) }',
      },
      {
        file: 'processors/payments/decide-outcome.ts',
        from: '  const reference = op.pspRef ?? payment.pspRef;\n',
        to: '  const reference = op.pspRef ?? payment.pspRef;\n  if (amountMinor !== null) return true;\n',
      },
      {
        file: 'processors/payments/decide-outcome.ts',
        from: 'amountMinor: op.amountMinor, currency: op.currency, pspRef };\n  switch',
        to: "amountMinor: amountMinor ?? 0, currency: currency ?? '', pspRef };\n  switch",
      },
    ],
  },
];

/** Redis views and the sink: DESIGN §4. Guards that are SQL or Lua are undone in the engine's model. */
const folds: readonly Mutant[] = [
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
    edits: [{ file: 'sinks/clickhouse/insert-block.ts', from: '    await ledger.mendViews(at);\n', to: '' }],
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

/** Deadlines. */
const deadlines: readonly Mutant[] = [
  {
    name: 'expiry-ignores-the-payment',
    undoes: 'an order whose money is in flight or unknown does not expire',
    edits: [
      {
        file: 'processors/orders/order-due.ts',
        from: "  if (state.state === 'Holding') return state.holdUntilMs;",
        to: "  if (state.state === 'Holding' || state.state === 'Authorizing') return state.holdUntilMs;",
      },
      {
        file: 'processors/orders/order-due.ts',
        from: "  if (state.state === 'Holding') return expireHolds(state, atMs);",
        to: "  if (state.state === 'Holding' || state.state === 'Authorizing') return expireHolds(state, atMs);",
      },
    ],
  },
  {
    name: 'P9-clock-jump-taken',
    undoes: 'P9: an append time more than 5 minutes ahead of its own clock stops the partition',
    edits: [
      {
        file: task,
        from: 'latestMs: startedMs + clockLeadMaxMs,',
        to: 'latestMs: Number.POSITIVE_INFINITY,',
      },
    ],
  },
];

/** A release that follows the one that wrote the journal, and a disk that lost what it had acknowledged. */
const releasesAndDisks: readonly Mutant[] = [
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

export const mutants: readonly Mutant[] = [
  ...protocol,
  ...time,
  ...domain,
  ...folds,
  ...deadlines,
  ...releasesAndDisks,
];

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
