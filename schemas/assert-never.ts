/** The end of an exhaustive switch over messages: throws if a newer writer's type got this far. */
export function assertNever(value: never): never {
  throw new TypeError(`a type this build does not know: ${JSON.stringify(value)}`);
}
