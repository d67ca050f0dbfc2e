import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Session } from './api.ts';

type PageComponent = ComponentType<{ session: Session }>;

/** A page whose code comes when somebody opens it first: the first page stays small. */
export function lazyPage(load: () => Promise<PageComponent>): PageComponent {
  let known: PageComponent | null = null;
  return function LazyPage({ session }) {
    const [Page, setPage] = useState<{ of: PageComponent } | null>(known && { of: known });
    const [fault, setFault] = useState('');
    useEffect(() => {
      let isHere = true;
      load().then(
        (loaded) => {
          known = loaded;
          if (isHere) setPage({ of: loaded });
        },
        (error: unknown) => isHere && setFault(error instanceof Error ? error.message : String(error)),
      );
      return () => {
        isHere = false;
      };
    }, []);
    if (Page) return <Page.of session={session} />;
    return (
      <section class="card" aria-busy={fault === ''}>
        {fault === '' ? (
          <div class="skeleton" />
        ) : (
          <div class="error">
            <strong>This page could not be loaded</strong>
            {fault}{' '}
            <button type="button" class="quiet" onClick={() => location.reload()}>
              Load it again
            </button>
          </div>
        )}
      </section>
    );
  };
}
