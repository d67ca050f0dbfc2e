import type { Config } from '../config/config.ts';
import type { Control } from '../psp/simulator/control.ts';

const withinMs = 10_000;

/** Has the simulator provider of the local stack do something (`POST /control`). Throws if it refuses, or is away. */
export async function orderProvider(
  { pspUrl, pspSecret }: Pick<Config, 'pspUrl' | 'pspSecret'>,
  order: Control,
): Promise<void> {
  const response = await fetch(new URL('/control', pspUrl), {
    method: 'POST',
    headers: { authorization: `Bearer ${pspSecret}`, 'content-type': 'application/json' },
    body: JSON.stringify(order),
    signal: AbortSignal.timeout(withinMs),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`the provider refuses ${order.do}: ${response.status} ${text}`);
}
