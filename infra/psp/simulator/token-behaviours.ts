/** What the simulator does with an authorization by this test token. */
export type TokenBehaviour =
  | { readonly does: 'authorize' }
  | { readonly does: 'decline'; readonly code: string; readonly message: string };

const behaviours: ReadonlyMap<string, TokenBehaviour> = new Map([
  ['tok_ok', { does: 'authorize' }],
  ['tok_declined', { does: 'decline', code: 'card_declined', message: 'The card was declined.' }],
]);

/** A token that is not in the table is a payment method nobody issued. */
export const behaviourOf = (token: string): TokenBehaviour =>
  behaviours.get(token) ?? { does: 'decline', code: 'invalid_method', message: 'No such payment method.' };
