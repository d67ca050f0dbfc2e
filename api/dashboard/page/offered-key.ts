import { signal } from '@preact/signals';

/** A key that the address offered and nobody has used yet; empty where there is none. */
export const offeredKey = signal('');

/**
 * `/#key=…` (the part behind # never leaves the browser): out of the address and the history at once, now and each time
 * one comes, whoever is signed in; kept for the form where `isWanted`.
 */
export function hideOfferedKeys(isWanted: () => boolean): void {
  const hide = (): void => {
    const key = new URLSearchParams(location.hash.slice(1)).get('key');
    if (key === null) return;
    history.replaceState(null, '', location.pathname + location.search);
    if (isWanted()) offeredKey.value = key;
  };
  hide();
  addEventListener('hashchange', hide);
}
