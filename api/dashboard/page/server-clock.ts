/** How far the server's clock is ahead of this one, ms. */
let skewMs = 0;

/** Learns the server's time from what tells it. */
export function learnServerTime(asOf: string): void {
  skewMs = Date.parse(asOf) - Date.now();
}

/** Now by the server's clock, epoch ms. */
export const nowMs = (): number => Date.now() + skewMs;
