import type { Money } from '../../schemas/money.ts';
import { stripeScale } from './stripe/stripe-scale.ts';

/** Whether the provider of this deployment can be asked for such a total; one it cannot take is refused at the quote. */
export const takesAmount = (psp: 'simulator' | 'stripe', total: Money): boolean =>
  psp === 'simulator' || total.minor === 0 || stripeScale.toProvider(total) !== null;
