import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { pages } from './pages.ts';
import { go } from './router.ts';

const offKey = 'millrace.no-shortcuts';

/** Single keys do something, unless the reader has switched them off (WCAG 2.1.4). */
const areOn = signal(localStorage.getItem(offKey) === null);
const isHelpOpen = signal(false);

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.matches('input:not([type=checkbox]), select, textarea');

/** Listens for `/`, `?` and `g` with a page's letter, as long as the reader is in. Gives the way to stop. */
function listen(): () => void {
  let isGoing = false;
  const onKey = (event: KeyboardEvent): void => {
    if (!areOn.value || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const page = isGoing ? pages.find(({ key }) => key === event.key) : undefined;
    isGoing = event.key === 'g' && !isGoing;
    if (page) go(page.path);
    else if (event.key === '?') isHelpOpen.value = true;
    else if (event.key === '/') {
      event.preventDefault(); // or the letter lands in the field
      document.getElementById('search')?.focus();
    }
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

/** The shortcuts themselves, and the window that `?` opens on them. */
export function Keyboard() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(listen, []);
  const isOpen = isHelpOpen.value;
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) dialog.current.showModal();
  }, [isOpen]);
  return (
    <dialog
      ref={dialog}
      class="card help"
      aria-labelledby="help-title"
      onClose={() => {
        isHelpOpen.value = false;
      }}
    >
      <h2 id="help-title">Keyboard</h2>
      <dl class="keys">
        <div>
          <dt>
            <kbd>/</kbd>
          </dt>
          <dd>search for an order, a customer or a SKU</dd>
        </div>
        {pages.map(({ key, name }) => (
          <div key={key}>
            <dt>
              <kbd>g</kbd> <kbd>{key}</kbd>
            </dt>
            <dd>{name}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>?</kbd>
          </dt>
          <dd>this help</dd>
        </div>
      </dl>
      <p>
        <label>
          <input
            type="checkbox"
            checked={areOn.value}
            onChange={(event) => {
              areOn.value = event.currentTarget.checked;
              if (areOn.value) localStorage.removeItem(offKey);
              else localStorage.setItem(offKey, '1');
            }}
          />{' '}
          single keys are shortcuts
        </label>
      </p>
      <button type="button" onClick={() => dialog.current?.close()}>
        Close
      </button>
    </dialog>
  );
}

/** Opens the help without a keyboard. */
export const HelpButton = () => (
  <button
    type="button"
    class="quiet"
    aria-label="Keyboard shortcuts"
    onClick={() => {
      isHelpOpen.value = true;
    }}
  >
    ?
  </button>
);
