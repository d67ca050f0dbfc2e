/** Cases whose commands or rules a later change brings; they fail until then, and the test counts them. */
export const notYet: Readonly<Record<string, readonly string[]>> = {};
