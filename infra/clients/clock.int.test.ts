import { systemClock } from './clock.ts';
import { clockContract } from './testing/clock.contract.ts';

clockContract("the machine's clock", () => ({ clock: systemClock, close: () => Promise.resolve() }));
