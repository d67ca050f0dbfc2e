import { exitCodes } from '../config/exit-codes.ts';

/** Something outside the program is missing: one line for each that names it and what to type. Exit code 69 (`interface.md` §5). */
export class SetupError extends Error {
  readonly fix: string;
  readonly exitCode = exitCodes.unavailable;
  constructor(what: string, fix: string, options?: ErrorOptions) {
    super(`${what} Fix: ${fix}`, options);
    this.name = 'SetupError';
    this.fix = fix;
  }

  /** Several missing things as one error, a line each. */
  static all(errors: readonly SetupError[]): SetupError {
    const [first] = errors;
    const together = new SetupError('', first?.fix ?? '');
    together.message = errors.map((error) => error.message).join('\n');
    return together;
  }
}
