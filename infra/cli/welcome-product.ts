import type { StackSummary } from '../local/stack-status.ts';

/** The product of the printed curl: in the catalogue and on hand, also before the replay has come to it. */
export const welcomeSku = '85123A';

const product = {
  name: 'WHITE HANGING HEART T-LIGHT HOLDER',
  prices: [{ currency: 'GBP', unitPriceMinor: 255 }],
};
const receipt = { type: 'receive', quantity: 1_000, reason: 'welcome' };

/**
 * Puts the product of the welcome there, once for a data folder: the keys are constant. True when the catalogue shows it
 * within `withinMs`, so that the curl below it is answered with 202.
 */
export async function stockWelcomeProduct({ api, keys }: StackSummary, withinMs: number): Promise<boolean> {
  const deadline = AbortSignal.timeout(withinMs);
  const ask = async (method: string, path: string, body?: unknown): Promise<number> => {
    const answer = await fetch(`${api}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${keys.full}`,
        'content-type': 'application/json',
        'idempotency-key': `welcome-${method}-${path.split('/')[1] ?? ''}`,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: deadline,
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  try {
    const put = await ask('PUT', `/catalogue/${welcomeSku}`, product);
    const received = await ask('POST', `/stock/${welcomeSku}/movements`, receipt);
    if (put >= 300 || received >= 300) return false;
    while ((await ask('GET', `/catalogue/${welcomeSku}`)) !== 200) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return true;
  } catch {
    return false; // the caller says so; the stack runs all the same
  }
}
