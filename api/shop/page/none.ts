/** For a switch that knows every case: the compiler names the one that is missing. */
export function none(value: never): never {
  throw new Error(`nothing is known of ${JSON.stringify(value)}`);
}
