import type { Body, CommandEnvelope, Redrive, RedriveAnswered } from '../../schemas/envelope.ts';
import { noteSubject, refused } from '../../schemas/notes.ts';
import type { TopicCodec } from '../../schemas/topic-codec.ts';
import { Undecidable } from './faults.ts';
import { type Fold, stateOf } from './fold.ts';
import { type ParkedCommand, parkingReason } from './parked.ts';
import type { Processor } from './processor.ts';

/** What a Redrive of one aggregate comes to. */
export type Redriven =
  | {
      readonly is: 'decided';
      /** `CommandRedriven` and the events of each command, oldest first; empty for a dry run. */
      readonly bodies: readonly Body[];
      readonly answer: RedriveAnswered;
    }
  /** A parked command's writer schema has to be asked for. */
  | { readonly is: 'unknown-schema'; readonly schemaId: number };

export interface Redriving<S, C extends Body, E extends Body> {
  readonly processor: Processor<S, C, E>;
  readonly codec: TopicCodec<CommandEnvelope<C>>;
  readonly fold: Fold<S>;
  readonly asked: Redrive;
  readonly atMs: number;
  /** Commands decided at most. */
  readonly commandsMax: number;
}

/** One Redrive's events stand in one record batch; who has more parked asks again. */
const eventsMax = 400;

/**
 * Decides the parked commands of an aggregate in order, on a copy of its state, until one throws or a limit is met.
 * The fold is left as it is: what the copy took without throwing, the fold takes too.
 */
export function decideRedrive<S, C extends Body, E extends Body>(of: Redriving<S, C, E>): Redriven {
  const { fold, asked, commandsMax } = of;
  const waiting = fold.parked.get(asked.key) ?? [];
  const bodies: Body[] = [];
  const events: string[] = [];
  let decided = 0;
  let failure: string | null = null;
  try {
    let state = structuredClone(stateOf(fold, of.processor, asked.key));
    for (const parked of waiting.slice(0, commandsMax)) {
      const read = readParked(of.codec, parked);
      if (read.is === 'unknown-schema') return read;
      const decision = decideParked(of, read.command, state);
      if (events.length + decision.events.length > eventsMax && decided > 0) break;
      state = decision.state;
      bodies.push(
        { type: 'CommandRedriven', key: asked.key, offset: parked.offset } as Body,
        ...decision.events,
      );
      for (const { type } of decision.events) events.push(type);
      decided += 1;
    }
  } catch (error) {
    failure = parkingReason(error);
  }
  const { key, dryRun, by, reason } = asked;
  const left = waiting.length - decided;
  const answer = {
    type: 'RedriveAnswered',
    key,
    dryRun,
    by,
    reason,
    decided,
    left,
    events,
    failure,
  } as const;
  return { is: 'decided', bodies: dryRun ? [] : bodies, answer };
}

type ReadParked<C extends Body> =
  | { readonly is: 'command'; readonly command: CommandEnvelope<C> | null }
  | { readonly is: 'unknown-schema'; readonly schemaId: number };

/** The command as it was parked; null for a Tick: the aggregate's own due work, which a later Tick does anyway. */
function readParked<C extends Body>(
  codec: TopicCodec<CommandEnvelope<C>>,
  { command, value }: ParkedCommand,
): ReadParked<C> {
  if (command === 'Tick') return { is: 'command', command: null };
  const decoded = codec.decode(value);
  if (decoded.is === 'unknown-schema') return decoded;
  if (decoded.is === 'value') return { is: 'command', command: decoded.value };
  throw new Error(`a parked ${command} cannot be read: ${decoded.reason}`);
}

function decideParked<S, C extends Body, E extends Body>(
  { processor, asked, atMs }: Redriving<S, C, E>,
  command: CommandEnvelope<C> | null,
  before: S | undefined,
): { readonly state: S | undefined; readonly events: readonly Body[] } {
  if (command === null) return { state: before, events: [] };
  const objection = processor.check(before, command);
  const events: readonly Body[] =
    objection === null
      ? processor.decide(before, command, atMs)
      : [refused(noteSubject(command, asked.key, 'parked'), objection)];
  let state = before;
  for (const event of events as readonly E[]) {
    if (processor.keyOfEvent(event) !== asked.key) {
      throw new Undecidable('OtherAggregate', `${event.type} is of another aggregate than its command`);
    }
    processor.react(event);
    state = processor.evolve(state, event, atMs);
  }
  return { state, events };
}
