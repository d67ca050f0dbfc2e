import { useState } from 'preact/hooks';
import { tokenBehaviours } from '../../../infra/psp/simulator/token-behaviours.ts';
import { count } from './format.ts';
import { Scrolled, Table } from './table.tsx';

const tokens = [...tokenBehaviours].map(([token, { does, seen }]) => ({ token, does, seen }));

/** What each test token makes the provider do: the simulator's own table. */
export function TestTokens() {
  const [text, setText] = useState('');
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = tokens.filter(({ token, does, seen }) =>
    words.every((word) => `${token} ${does} ${seen}`.toLowerCase().includes(word)),
  );
  return (
    <section id="test-tokens" class="card wide" aria-labelledby="test-tokens-title">
      <div class="head">
        <h2 id="test-tokens-title">Test tokens</h2>
        <p class="complete" role="status">
          {count(found.length)} of {count(tokens.length)}
        </p>
      </div>
      <p class="note">
        The <code>paymentToken</code> of an order decides what the fake provider of a test store does with it.
        Any other one is declined: nobody issued it.
      </p>
      <div class="filters">
        <label for="token-words">Find</label>
        <input
          id="token-words"
          type="search"
          placeholder="refund, declined"
          spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      <Scrolled label="Test tokens">
        <Table
          caption="paymentToken, what the provider does, and what becomes of the order"
          columns={[
            { title: 'Token', cell: ({ token }) => <code>{token}</code> },
            { title: 'The provider', className: 'text', cell: ({ does }) => does },
            { title: 'You see', className: 'text', cell: ({ seen }) => seen },
          ]}
          rows={found}
        />
      </Scrolled>
    </section>
  );
}
