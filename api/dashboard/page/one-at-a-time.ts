/**
 * Starts `act` on each call, but never while it is under way: all calls of that time together are one more turn after it,
 * for what it read may be older than they are. What `act` throws goes to the caller whose call started it.
 */
export function oneAtATime(act: () => Promise<void>): () => Promise<void> {
  let isUnderWay = false;
  let isWanted = false;
  return async () => {
    isWanted = true;
    if (isUnderWay) return;
    isUnderWay = true;
    try {
      while (isWanted) {
        isWanted = false;
        await act();
      }
    } finally {
      isUnderWay = false;
    }
  };
}
