import { useRef, useState } from 'preact/hooks';
import { status } from './session.ts';

/** Text to be run elsewhere, with a button that copies it. */
export function Copyable({ label, text }: { label: string; text: string }) {
  const shown = useRef<HTMLPreElement>(null);
  const [word, setWord] = useState('Copy');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setWord('Copied');
      status.value = { text: `Copied: ${label}.`, isBad: false };
    } catch {
      // no clipboard without https: the reader's own keys copy what is marked
      if (shown.current) getSelection()?.selectAllChildren(shown.current);
      setWord('Marked: press Ctrl C');
    }
  };
  return (
    <div class="copyable">
      <pre ref={shown} tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <button type="button" class="quiet" aria-label={`${word}: ${label}`} onClick={() => void copy()}>
        {word}
      </button>
    </div>
  );
}
