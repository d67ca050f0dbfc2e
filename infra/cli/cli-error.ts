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

/** Kafka, the registry, Redis, ClickHouse or the provider does not answer, in the words of whoever asked it. */
export const sourceUnavailable = (cause: unknown): CliError =>
  new CliError(cause instanceof Error ? cause.message : String(cause), {
    code: 'source-unavailable',
    exitCode: exitCodes.unavailable,
    next: 'npx millrace status',
    cause,
  });
