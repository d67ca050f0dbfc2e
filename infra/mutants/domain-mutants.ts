import type { Mutant } from './mutant.ts';

/** Commands, stock and money: reliability.md §1, payments.md. */
export const domainMutants: readonly Mutant[] = [
  {
    name: 'P2-command-id-forgotten',
    undoes: 'P2: a changing POST that is appended twice takes effect once',
    edits: [
      {
        file: 'processors/stock/decide-stock.ts',
        from: 'about.commandId === null ? undefined : recallId(stock.commands, about.commandId, atMs);',
        to: 'undefined as string | null | undefined;',
      },
    ],
  },
  {
    name: 'fingerprint-ignored',
    undoes: 'one key with another body is refused',
    edits: [
      {
        file: 'processors/orders/decide-order.ts',
        from: "fingerprint === order.fingerprint ? [] : [refused(about, 'key-reused')],",
        to: '[],',
      },
    ],
  },
  {
    name: 'P3-unknown-closes-the-order',
    undoes: 'P3: only a determinate outcome closes an attempt (in the order)',
    edits: [
      {
        file: 'processors/payments/decide-outcome.ts',
        from: '  if (!op) return noted(neverAskedReplies[outcome.is]);\n',
        to: "  if (!op) return noted(neverAskedReplies[outcome.is]);\n  if (payment.doubt !== null) return noted({ is: 'repeat' });\n",
      },
      // the look-up would find what the answer said
      {
        file: 'processors/payments/decide-facts.ts',
        from: "  if (facts.n < lookUp.n) return noted({ is: 'ignore', reason: 'older-look-up' });\n",
        to: "  if (facts.n < lookUp.n || payment.doubt !== null) return noted({ is: 'ignore', reason: 'older-look-up' });\n",
      },
    ],
  },
  {
    name: 'oversell',
    undoes: 'available = on hand − held',
    edits: [
      {
        file: 'processors/stock/decide-hold.ts',
        from: 'quantity > stock.onHand - stock.held)',
        to: 'quantity > stock.onHand)',
      },
    ],
  },
  {
    name: 'oversell-folded',
    profile: 'hot-sku',
    undoes: 'no more is held than is on hand (in the decision and in the fold)',
    edits: [
      {
        file: 'processors/stock/decide-hold.ts',
        from: 'quantity > stock.onHand - stock.held)',
        to: 'quantity > stock.onHand - stock.held + 1)',
      },
      {
        file: 'processors/stock/stock.ts',
        from: 'if (stock.held < 0 || stock.onHand < stock.held || stock.allocated < 0) {',
        to: 'if (stock.held < 0 || stock.allocated < 0) {',
      },
    ],
  },
  {
    name: 'last-piece-kept',
    profile: 'hot-sku',
    undoes: 'whoever is refused as sold out asked for more than was left',
    edits: [
      {
        file: 'processors/stock/decide-hold.ts',
        from: 'quantity > stock.onHand - stock.held)',
        to: 'quantity >= stock.onHand - stock.held)',
      },
    ],
  },
  {
    name: 'new-key-per-attempt',
    undoes: 'a payment operation has one key however often it is tried',
    edits: [
      {
        file: 'processors/payments/worker-op.ts',
        from: '    key,\n    amount:',
        to: '    key: `${key}-${Math.random()}`,\n    amount:',
      },
    ],
  },
  {
    name: 'unknown-read-as-no',
    undoes: 'a lost reply is unknown, never a decline',
    edits: [
      {
        file: 'infra/psp/provider-replies.ts',
        from: "if (result.is === 'lost') return { is: 'unknown', cause: lostCauses[result.why] };",
        to: "if (result.is === 'lost') return { is: 'no', code: 'card_declined', next: 'other-method' };",
      },
    ],
  },
  {
    name: 'server-error-read-as-not-executed',
    undoes: 'a 5xx is unknown',
    edits: [
      {
        file: 'infra/psp/provider-replies.ts',
        from: "if (status === 424 || status >= 500) return { is: 'unknown', cause: 'server' };",
        to: "if (status === 424 || status >= 500) return { is: 'no', code: 'card_declined', next: 'later' };",
      },
    ],
  },
  {
    name: 'other-amount-taken',
    undoes: 'an ok needs amount, currency and reference equal to the operation (adapter and order)',
    edits: [
      {
        file: 'infra/psp/provider-replies.ts',
        from: 'return isAboutOp(op, payment, scale) ? judgePayment(op, payment, scale) : mismatch;',
        to: 'return judgePayment(op, payment, scale);',
      },
      {
        file: 'infra/psp/provider-replies.ts',
        from: 'const wanted = scale.toProvider(op.amount);',
        to: "const wanted = op.kind === 'authorize' ? payment.amount_capturable : payment.amount_received;",
      },
      {
        file: 'infra/psp/provider-replies.ts',
        from: 'amount: op.amount, ...captureBefore(payment) }',
        to: 'amount: { minor: payment.amount, currency: op.amount.currency }, ...captureBefore(payment) }',
      },
      {
        file: 'processors/payments/decide-outcome.ts',
        from: '  const reference = op.pspRef ?? payment.pspRef;\n',
        to: '  const reference = op.pspRef ?? payment.pspRef;\n  if (amountMinor !== null) return true;\n',
      },
      {
        file: 'processors/payments/decide-outcome.ts',
        from: 'amountMinor: op.amountMinor, currency: op.currency, pspRef };\n  switch',
        to: "amountMinor: amountMinor ?? 0, currency: currency ?? '', pspRef };\n  switch",
      },
    ],
  },
];
