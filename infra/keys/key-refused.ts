/** Why a key is not made or not revoked. */
export type KeyRefusal =
  | 'no-such-store'
  | 'no-such-key'
  | 'too-many-keys'
  | 'reserved-label'
  | 'already-over';

/** Nothing was written; the message says what to do. */
export class KeyRefused extends Error {
  override readonly name = 'KeyRefused';
  readonly code: KeyRefusal;

  constructor(code: KeyRefusal, message: string) {
    super(message);
    this.code = code;
  }
}
