/** Something outside the program is missing: one line that names it, and what to type. Exit code 69 (`interface.md` §5). */
export class SetupError extends Error {
  readonly fix: string;
  readonly exitCode = 69;
  constructor(what: string, fix: string, options?: ErrorOptions) {
    super(`${what} Fix: ${fix}`, options);
    this.name = 'SetupError';
    this.fix = fix;
  }
}
