import { useEffect } from 'preact/hooks';
import icon from './icon.svg';
import type { Session } from './api.ts';
import { HelpButton, Keyboard } from './keyboard.tsx';
import { hideOfferedKeys } from './offered-key.ts';
import { pageOf, pages } from './pages.ts';
import { address, followLinks } from './router.ts';
import { Search } from './search.tsx';
import { comeBack, session, signOut, status } from './session.ts';
import { SignIn } from './sign-in.tsx';

hideOfferedKeys(() => !session.value);
followLinks((path) => pageOf(path) !== undefined);

/** The bar, the reader's page or the sign-in, and the line that tells what goes wrong. */
export function App() {
  useEffect(() => void comeBack(), []);
  const who = session.value;
  const { path } = address.value;
  const name = pageOf(path)?.name ?? 'Not found';
  useEffect(() => {
    document.title = `Millrace · ${who === null ? 'Sign in' : name}`;
  }, [name, who]);
  return (
    <>
      <a class="skip" href="#main">
        Skip to the figures
      </a>
      <header class="bar">
        <a class="brand" href="/">
          <img src={icon} alt="" width="24" height="24" /> Millrace
        </a>
        {who ? (
          <span class="store" title={`${who.name} · ${who.timeZone}`}>
            {who.name} · {who.timeZone}
          </span>
        ) : null}
        <nav aria-label="Pages">
          {who
            ? pages
                .filter(({ scope }) => who.scopes.includes(scope))
                .map((page) => (
                  <a key={page.path} href={page.path} aria-current={page.path === path ? 'page' : undefined}>
                    {page.name}
                  </a>
                ))
            : null}
          <a href="/docs">API reference</a>
        </nav>
        {who ? (
          <>
            {who.scopes.includes('orders:read') ? <Search /> : null}
            <HelpButton />
            <button type="button" class="quiet" onClick={() => void signOut()}>
              Sign out
            </button>
          </>
        ) : null}
      </header>
      <p class="status" role="status" aria-live="polite" data-tone={status.value.isBad ? 'bad' : ''}>
        {status.value.text}
      </p>
      <main id="main" tabIndex={-1}>
        {who === null ? <SignIn /> : null}
        {who ? <PageOf session={who} path={path} /> : null}
      </main>
      {who ? <Keyboard /> : null}
    </>
  );
}

function PageOf({ session: who, path }: { session: Session; path: string }) {
  const entry = pageOf(path);
  if (!entry) return <Notice title="There is no such page" text={`Nothing is at ${path}.`} />;
  if (!who.scopes.includes(entry.scope)) {
    const text = `insufficient-scope: this page asks for what needs ${entry.scope}, and your key has ${who.scopes.join(', ')}. Sign in with another one.`;
    return <Notice title="Your key does not open this page" text={text} />;
  }
  const { Page } = entry;
  return <Page key={path} session={who} />;
}

const Notice = ({ title, text }: { title: string; text: string }) => (
  <section class="card">
    <h1>{title}</h1>
    <p class="note">{text}</p>
  </section>
);
