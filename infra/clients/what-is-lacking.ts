/**
 * What to do about an error that a process has because the machine gives it no more descriptors, in words to follow the
 * reason; '' for every other error. A client library keeps the code in its message alone, or in a cause.
 */
export function whatIsLacking(error: unknown): string {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (/\bE[MN]FILE\b/.test(each.message) || ('code' in each && /^E[MN]FILE$/.test(String(each.code))))
      return ': it may open no more files or sockets, raise their limit (ulimit -n)';
  }
  return '';
}
