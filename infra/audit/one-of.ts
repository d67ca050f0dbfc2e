/**
 * A guard for the types of bodies that a reader tells apart: behind it the reader's switch is exhaustive, and whoever adds
 * a type here must say what is made of it.
 */
export function oneOf<const T extends string>(...types: readonly T[]) {
  const known = new Set<string>(types);
  return <B extends { readonly type: string }>(body: B): body is Extract<B, { readonly type: T }> =>
    known.has(body.type);
}
