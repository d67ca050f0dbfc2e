import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiProblem } from './api.ts';
import { offeredKey } from './offered-key.ts';
import { sessionFault, signIn } from './session.ts';

/** Trades an API key for a cookie; the key is forgotten as soon as the server took or refused it. */
export function SignIn() {
  const secret = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState(sessionFault.value);
  const [isAsking, setAsking] = useState(false);
  const offered = offeredKey.value;
  useEffect(() => {
    secret.current?.focus();
    if (secret.current && offered !== '') secret.current.value = offered;
    offeredKey.value = '';
  }, [offered]);
  const onSubmit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (isAsking) return; // the answer to another key could come last
    setAsking(true);
    setFault('');
    try {
      await signIn(secret.current?.value.trim() ?? '', ({ problem }) =>
        setFault(`${problem.title}. Trying again.`),
      );
      document.getElementById('main')?.focus({ preventScroll: true });
    } catch (error) {
      setFault(
        error instanceof ApiProblem
          ? `${error.problem.title}. ${error.problem.detail ?? ''}`
          : `The key cannot be sent: ${String(error)}`,
      );
    } finally {
      setAsking(false);
    }
  };
  return (
    <section class="card sign-in" aria-labelledby="sign-in-title">
      <h1 id="sign-in-title">Sign in</h1>
      <form onSubmit={(event) => void onSubmit(event)}>
        <label for="secret">API key</label>
        <input
          ref={secret}
          id="secret"
          name="secret"
          type="password"
          autocomplete="current-password"
          spellcheck={false}
          required
          aria-describedby="sign-in-help"
        />
        <button type="submit" disabled={isAsking}>
          Show the figures
        </button>
        <p id="sign-in-help" class="note">
          One with the scope <code>analytics:read</code>; <code>npm start</code> prints one. It becomes a
          cookie that scripts cannot read and that ends after 12 hours.
        </p>
        <p class="fault" role="alert">
          {fault}
        </p>
      </form>
    </section>
  );
}
