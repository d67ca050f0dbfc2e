/** What this browser keeps for the shop under `millrace.shop.<name>`, read back as whatever stands there; null where it keeps nothing. */
export function readStored(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(keyOf(name)) ?? 'null');
  } catch {
    return null; // somebody else's text, or a browser that keeps nothing for pages: as if nothing stood there
  }
}

/** Null takes it away, which needs no room. Throws where this browser keeps no more. */
export function store(name: string, value: unknown): void {
  if (value === null) localStorage.removeItem(keyOf(name));
  else localStorage.setItem(keyOf(name), JSON.stringify(value));
}

/** Calls back when another window of this browser has changed it. */
export function onStored(name: string, changed: () => void): void {
  addEventListener('storage', ({ key }) => {
    if (key === keyOf(name)) changed();
  });
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const keyOf = (name: string): string => `millrace.shop.${name}`;
