import type { Config } from '../config/config.ts';
import type { PspAbilities } from './psp.ts';
import { simulatorAbilities } from './simulator-requests.ts';
import { stripeAbilities } from './stripe/stripe-abilities.ts';

/** What the configured provider can do; without its adapter, so that who only decides need not load it. */
export const abilitiesOf = ({ psp }: Pick<Config, 'psp'>): PspAbilities =>
  psp === 'stripe' ? stripeAbilities : simulatorAbilities;
