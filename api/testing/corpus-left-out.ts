/** Cases of the corpus that the HTTP runner leaves out, and why; it counts them, so that nobody forgets one. */
export const leftOut: Readonly<Record<string, { readonly ids: RegExp; readonly count: number }>> = {
  'run by infra/psp/provider-reply-corpus.int.test.ts': { ids: /^provider-reply-/, count: 12 },
  'there are no daily quotas yet': { ids: /^limits-02$/, count: 1 },
};

/** Why a case does not run yet, or null if it does. */
export const leftOutBecause = (id: string): string | null =>
  Object.entries(leftOut).find(([, { ids }]) => ids.test(id))?.[0] ?? null;
