import type { Edit } from '../../mutants/mutant.ts';

/**
 * The bench-only switch of performance.md G2: the engine with the protocol off, as replacements of source text while
 * a module is loaded. Off are Barriers and the owner's token, the readers' rule of valid records, the check of the
 * answer's base, source marks written, chained, read and judged. Events keep their numbers: the record of what was
 * sent (`routedThrough`) and the positions of views count with them.
 */
export const offInReaders: readonly Edit[] = [
  {
    file: 'schemas/accept-journal-record.ts',
    from: '  if (isBarrier(event.body)) {',
    to: `  if (true) return { offset, seq: event.seq, writer: event.writer };
  if (isBarrier(event.body)) {`,
  },
];

const runtime = 'processors/runtime';

/** What is off in a process with processors, beside what is off in all readers. */
export const offInProcessors: readonly Edit[] = [
  // no Barrier: the journal goes on where it ends
  {
    file: `${runtime}/take-over.ts`,
    from: 'const base = await appendUntilKnown({ ...journal, records: [barrier] }, appending);',
    to: 'const base = end - 1n;',
  },
  { file: `${runtime}/take-over.ts`, from: 'if (base < end) {', to: 'if (false) {' },
  {
    file: `${runtime}/take-over.ts`,
    from: 'if (journalFold.position.writer !== writer) {',
    to: 'if (false) {',
  },
  // one byte in each event, for the schema asks for it; empty would be "no writer yet"
  { file: `${runtime}/task.ts`, from: 'this.writer = random.token();', to: "this.writer = '-';" },
  {
    file: `${runtime}/append-slice.ts`,
    from: "if (judgeBase(appended) === 'expected') {",
    to: 'if (true) {',
  },
  {
    file: `${runtime}/process-slice.ts`,
    from: 'const mark = readSource(record, inbox.partitions);',
    to: 'const mark = null;',
  },
  {
    file: `${runtime}/messages.ts`,
    from: `    const target = targetOf(message, partition);
    const prev = lastSent.get(target) ?? null;
    const pair = { seq, index };
    lastSent.set(target, pair);
    return { message, partition, pair, prev };`,
    to: '    return { message, partition, pair: { seq, index }, prev: null };',
  },
  {
    file: `${runtime}/messages.ts`,
    from: '      headers: { [sourceHeader]: formatSourceMark({ source, pair, prev }) },\n',
    to: '',
  },
];
