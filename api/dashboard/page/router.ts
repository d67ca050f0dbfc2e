import { signal } from '@preact/signals';

export interface Address {
  readonly path: string;
  readonly query: URLSearchParams;
}

const read = (): Address => ({ path: location.pathname, query: new URLSearchParams(location.search) });

/** Where the reader is. The URL is the page's state: whatever it shows can be sent to somebody by its address. */
export const address = signal<Address>(read());

addEventListener('popstate', () => {
  address.value = read();
});

/** Another address of this page, as a step that the browser's way back undoes. */
export function go(to: string): void {
  history.pushState(null, '', to);
  const before = address.value.path;
  address.value = read();
  if (before === address.value.path) return;
  scrollTo(0, 0);
  document.getElementById('main')?.focus();
}

/** The same page with some parameters changed; null takes one away. */
export function withParameters(changes: Readonly<Record<string, string | null>>): string {
  const query = new URLSearchParams(address.value.query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text === '' ? address.value.path : `${address.value.path}?${text}`;
}

/** Follows links to `isPage` without asking the server for the page again. */
export function followLinks(isPage: (path: string) => boolean): void {
  document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const isPlain =
      event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || link.origin !== location.origin || link.hash !== '') return;
    if (link.hasAttribute('download') || !isPage(link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}
