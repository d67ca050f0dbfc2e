/**
 * What the runtime asks of its surroundings beside the log, the clock and chance (`log.ts`, `clock.ts`, `random.ts`
 * in `infra/clients`). Nothing in this folder reads a clock, sets a timer or draws a random number but through
 * these, so that a simulator can run it.
 */

/** What asking the registry for the schema of a writer came to. */
export type WriterAnswer =
  | { readonly is: 'learned' }
  /** The record's fault: the registry itself denied the id twice, or it belongs to another subject. */
  | { readonly is: 'poison'; readonly reason: 'unknown-schema' | 'wrong-subject' }
  /** Not the record's fault (an outage, an older build than the writer's): wait and ask again. */
  | { readonly is: 'wait'; readonly why: string };

/** Makes records of `topic` with this writer schema readable, if the registry has it. Never rejects. */
export type LearnWriter = (topic: string, schemaId: number) => Promise<WriterAnswer>;
