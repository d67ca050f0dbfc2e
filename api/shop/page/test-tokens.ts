/** A way to pay with the simulated provider, and what it does. */
export interface TestToken {
  readonly token: string;
  readonly name: string;
  readonly does: string;
}

/** A choice of the provider's tokens; docs/reference/psp-simulator.md has them all. */
export const testTokens: readonly TestToken[] = [
  { token: 'tok_ok', name: 'Approved', does: 'The bank agrees at once.' },
  { token: 'tok_declined', name: 'Declined', does: 'The bank says no. Nothing is taken.' },
  {
    token: 'tok_declined_later',
    name: 'Not enough money',
    does: 'The bank says no for now: insufficient funds.',
  },
  {
    token: 'tok_pending_done',
    name: 'Slow bank',
    does: 'The bank thinks for 2 seconds, then agrees.',
  },
  {
    token: 'tok_action_done',
    name: 'Confirm at the bank',
    does: 'The bank wants a word with you, which you give after 2 seconds.',
  },
  {
    token: 'tok_lost_reply',
    name: 'Lost answer',
    does: 'The bank agrees and the line breaks before we hear it: unknown, never failed, until it is looked up.',
  },
  {
    token: 'tok_timeout',
    name: 'No answer',
    does: 'The bank does what it was asked and never says so: we wait, then look it up.',
  },
  {
    token: 'tok_capture_refused',
    name: 'Taking the money fails',
    does: 'The bank agrees, then refuses to pay out: everything is undone.',
  },
];
