import { Admission } from '../admission.ts';

/**
 * Room for so many requests, which a lag of the loop does not close: an API in a test's own process shares it with the test,
 * and a busy machine would refuse what the test asks for.
 */
export function untimedAdmission(inFlightMax: number): Admission {
  const admission = new Admission(inFlightMax);
  admission.close(); // it stops looking at the clock
  return admission;
}
