import { exitCodes } from '../config/exit-codes.ts';

export interface CliErrorOptions extends ErrorOptions {
  /** A stable word for scripts, for example `stack-not-running`. */
  readonly code: string;
  readonly exitCode: number;
  /** The command to type next. */
  readonly next?: string;
  readonly requestId?: string;
}

/** A command could not do its work: printed as code, cause and next command (as JSON under `--json`), never as a stack. */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: number;
  readonly next: string | undefined;
  readonly requestId: string | undefined;
  constructor(message: string, { code, exitCode, next, requestId, ...options }: CliErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exitCode;
    this.next = next;
    this.requestId = requestId;
  }
}

/**
 * What to throw where Kafka, the registry, Redis, ClickHouse or the provider does not answer: their word, and where to
 * look. A bug of ours (TypeError, RangeError) stays what it is; fetch says with a TypeError that has a cause that nobody
 * answers.
 */
export function sourceUnavailable(cause: unknown): unknown {
  if (!(cause instanceof Error)) return cause;
  const isBug = (cause instanceof TypeError || cause instanceof RangeError) && cause.cause === undefined;
  if (isBug) return cause;
  return new CliError(cause.message, {
    code: 'source-unavailable',
    exitCode: exitCodes.unavailable,
    next: 'npx millrace status',
    cause,
  });
}
