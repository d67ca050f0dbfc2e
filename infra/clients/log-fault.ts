import type { TopicPartition } from './log.ts';

/**
 * What reading one partition cannot survive (kafka.md §7, fatal): an offset that jumped, a log that ends before, or
 * begins after, where reading was to go on. Stop that partition and page; the others are sound.
 */
export class LogFault extends Error {
  readonly at: TopicPartition;
  constructor(at: TopicPartition, message: string, options?: ErrorOptions) {
    super(`${at.topic}/${at.partition}: ${message}`, options);
    this.name = 'LogFault';
    this.at = at;
  }
}
