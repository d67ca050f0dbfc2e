import type { StoreWriter } from '../../../api/testing/store-writer.ts';
import type { Log } from '../../clients/log.ts';
import type { Config } from '../../config/config.ts';
import type { Conditions } from './conditions.ts';
import type { Target } from './exchange.ts';

/** Where a corpus runs: an API with the engines behind it. */
export interface CorpusPlace {
  readonly target: Target;
  /** Names of the two stores here. */
  readonly stores: { readonly S1: string; readonly S2: string };
  /** Secrets, partitions and limits of the API. */
  readonly config: Config;
  readonly writer: StoreWriter;
  readonly log: Pick<Log, 'offsetsOf'>;
  /** An API that can be put under these conditions. Throws CannotSetUp. */
  under(conditions: Conditions): Promise<ConditionedApi>;
  /** Waits until the API's rate limit takes a burst of so many requests. */
  rest(requests: number): Promise<void>;
  close(): Promise<void>;
}

/** An API of a case. */
export interface ConditionedApi {
  readonly target: Target;
  /** From now on these of its conditions hold. */
  set(conditions: Conditions): Promise<void>;
  /** A Kafka that answers late may do so: all other requests of the case have gone out, or have their answers. */
  letKafkaAnswer(): void;
  /** What its rate limit's clock says has passed since `startedMs` of `performance.now()`, ms. */
  limitElapsedMs(startedMs: number): number;
  /** Everything is as it was. */
  release(): Promise<void>;
}

/** A condition cannot be made in this place; the case is not run, and this is why. */
export class CannotSetUp extends Error {
  override readonly name = 'CannotSetUp';
}
