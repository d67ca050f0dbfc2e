/** Cases whose commands or rules a later change brings; they fail until then, and the test counts them. */
export const notYet: Readonly<Record<string, readonly string[]>> = {
  'cancellations and refunds': [
    'topic-meaning-05',
    'topic-meaning-06',
    'topic-meaning-10',
    'topic-outcome-04',
  ],
};
