/** A strong entity tag over a version or position (RFC 9110 §8.8.3). */
export const entityTag = (version: string): string => `"${version}"`;

/** True if an If-None-Match header names the current tag: the answer is 304 (weak comparison, RFC 9110 §13.1.2). */
export function matchesNone(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || tagsOf(header).some((candidate) => candidate.replace(/^W\//, '') === tag);
}

const tagsOf = (header: string): readonly string[] => header.split(',').map((tag) => tag.trim());

/** What a change demands of the resource's version: none, that it does not exist, or one of these versions. */
export type Precondition =
  | { readonly is: 'none' }
  | { readonly is: 'absent' }
  | { readonly is: 'present' }
  | { readonly is: 'version'; readonly version: number }
  | { readonly is: 'malformed' };

/** Reads If-Match and If-None-Match of a PUT whose entity tag is a version number. Weak tags never match (RFC 9110 §13.1.1). */
export function parsePrecondition(
  ifMatch: string | undefined,
  ifNoneMatch: string | undefined,
): Precondition {
  if (ifMatch !== undefined && ifNoneMatch !== undefined) return { is: 'malformed' };
  if (ifNoneMatch !== undefined) return ifNoneMatch.trim() === '*' ? { is: 'absent' } : { is: 'malformed' };
  if (ifMatch === undefined) return { is: 'none' };
  if (ifMatch.trim() === '*') return { is: 'present' };
  const [, version] = /^\s*"(\d{1,15})"\s*$/.exec(ifMatch) ?? [];
  return version === undefined ? { is: 'malformed' } : { is: 'version', version: Number(version) };
}
