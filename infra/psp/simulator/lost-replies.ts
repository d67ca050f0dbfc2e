/**
 * What a provider does at its worst while it still works, in the words of `MILLRACE_PSP_FAULTS`: it moves the money and
 * loses every twentieth reply, 1 % are 5xx, 1 % 429, and webhooks come twice, in any order or never.
 */
export const lostReplyRates =
  'lost-reply:0.05,500-after:0.005,500-before:0.005,429:0.01,webhook-twice:0.1,webhook-reordered:0.1,webhook-lost:0.1';
