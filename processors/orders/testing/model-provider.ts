import { assertNever } from '../../../schemas/assert-never.ts';
import type { ReportFacts, ReportOutcome } from '../../../schemas/generated/orders-commands.ts';
import type { LookUpRequested, PaymentOpRequested } from '../../../schemas/generated/orders-events.ts';
import { factsOf, outcomeOf } from './orders-fixture.ts';

/** What a provider does with an operation it has not run yet. */
export const behaviours = [
  'ok',
  'ok',
  'ok',
  'ok',
  'ok',
  'ok',
  'ok',
  'ok-twice',
  /** Runs it, and the reply is lost. */
  'lost-reply',
  /** Nothing happens, and nobody knows that. */
  'lost-request',
  'silent',
  'silent-after',
  'refused',
  'not-executed',
  'pending',
  'action',
  'action-forever',
] as const;
export type Behaviour = (typeof behaviours)[number];

interface Account {
  pspRef: string;
  authorizedMinor: number;
  capturedMinor: number;
  ended: ReportFacts['ended'];
  /** Times money was taken. */
  captures: number;
  readonly refunds: Map<string, { readonly amountMinor: number; status: 'pending' | 'done' | 'failed' }>;
}

/**
 * A provider with its own ledger: runs an operation once a key, whatever becomes of its reply, and shows when asked
 * what is true. `draw` gives numbers from 0 to below its argument.
 */
export class ModelProvider {
  readonly accounts = new Map<string, Account>();
  private readonly done = new Map<string, ReportOutcome>();
  private readonly tries = new Map<string, number>();
  private readonly draw: (below: number) => number;

  constructor(draw: (below: number) => number) {
    this.draw = draw;
  }

  /** Runs one send of an operation; what is reported of it, in any order. */
  run(op: PaymentOpRequested): readonly ReportOutcome[] {
    const n = (this.tries.get(op.opId) ?? 0) + 1;
    this.tries.set(op.opId, n);
    const report = (of: Partial<ReportOutcome>): ReportOutcome =>
      outcomeOf(op.kind, {
        amountMinor: null,
        currency: null,
        pspRef: null,
        ...of,
        orderId: op.orderId,
        opId: op.opId,
        attempt: op.attempt,
        try: n,
      });
    const kept = this.done.get(op.key);
    if (kept) return [{ ...kept, try: n, replayed: true }];
    const unknown = report({ is: 'unknown', cause: 'timeout' });
    // a provider does not misbehave for ever
    const behaviour = n > 3 ? 'ok' : (behaviours[this.draw(behaviours.length)] ?? 'ok');
    switch (behaviour) {
      case 'ok':
        return [this.execute(op, report)];
      case 'ok-twice': {
        const ok = this.execute(op, report);
        return [ok, ok];
      }
      case 'lost-reply':
        this.execute(op, report);
        return [unknown];
      case 'lost-request':
        return [unknown];
      case 'silent':
        return [];
      case 'silent-after':
        this.execute(op, report);
        return [];
      case 'refused':
        return op.kind === 'void' ? [this.execute(op, report)] : [this.refuse(op, report)];
      case 'not-executed':
        return [report({ is: 'not_executed', code: '429', again: true })];
      case 'pending':
        return op.kind === 'refund' || op.kind === 'authorize'
          ? [report({ is: 'pending', pspRef: this.accountOf(op).pspRef }), this.execute(op, report)]
          : [this.execute(op, report)];
      case 'action':
      case 'action-forever': {
        if (op.kind !== 'authorize') return [this.execute(op, report)];
        const action = report({ is: 'action', pspRef: this.accountOf(op).pspRef });
        return behaviour === 'action' ? [action, this.execute(op, report)] : [action];
      }
      default:
        return assertNever(behaviour);
    }
  }

  /** What is true now; now and then nobody answers. */
  lookUp({ orderId, opId, n }: LookUpRequested): ReportFacts {
    const account = this.accounts.get(orderId);
    const of = { orderId, opId, n };
    // nobody answers for a while, not for ever
    const asked = (this.tries.get(orderId) ?? 0) + 1;
    this.tries.set(orderId, asked);
    if (asked % 4 !== 0 && this.draw(6) === 0) return factsOf({ ...of, found: 'unavailable', pspRef: null });
    if (!account) return factsOf({ ...of, found: 'not-found', pspRef: null });
    const { pspRef, authorizedMinor, capturedMinor, ended } = account;
    const refunds = [...account.refunds].map(([id, refund]) => ({ opId: id, ...refund }));
    return factsOf({ ...of, pspRef, authorizedMinor, capturedMinor, ended, refunds });
  }

  private execute(
    op: PaymentOpRequested,
    report: (of: Partial<ReportOutcome>) => ReportOutcome,
  ): ReportOutcome {
    const account = this.accountOf(op);
    const money = { amountMinor: op.amountMinor, currency: op.currency, pspRef: account.pspRef };
    const ok = report({ is: 'ok', ...money });
    const conflict = report({ is: 'unknown', cause: 'conflict' });
    const isOpen = account.authorizedMinor > 0 && account.capturedMinor === 0 && account.ended === null;
    if (op.kind === 'authorize') {
      if (account.ended !== null) return conflict;
      account.authorizedMinor = op.amountMinor;
    } else if (op.kind === 'capture') {
      if (!isOpen) return conflict;
      account.capturedMinor = op.amountMinor;
      account.captures += 1;
    } else if (op.kind === 'void') {
      if (account.capturedMinor > 0) return conflict;
      account.ended = 'voided';
    } else {
      const fails = this.draw(8) === 0;
      account.refunds.set(op.opId, { amountMinor: op.amountMinor, status: fails ? 'failed' : 'done' });
      if (fails) return this.keep(op, report({ is: 'no', code: 'closed_account', next: 'never' }));
    }
    return this.keep(op, ok);
  }

  private refuse(
    op: PaymentOpRequested,
    report: (of: Partial<ReportOutcome>) => ReportOutcome,
  ): ReportOutcome {
    const account = this.accountOf(op);
    if (op.kind === 'authorize') account.ended ??= 'declined';
    if (op.kind === 'refund') {
      account.refunds.set(op.opId, { amountMinor: op.amountMinor, status: 'failed' });
    }
    return this.keep(op, report({ is: 'no', code: 'do_not_honor', next: 'never' }));
  }

  private keep({ key }: PaymentOpRequested, outcome: ReportOutcome): ReportOutcome {
    this.done.set(key, outcome);
    return outcome;
  }

  private accountOf({ orderId }: PaymentOpRequested): Account {
    const known = this.accounts.get(orderId);
    if (known) return known;
    const account: Account = {
      pspRef: `psp-${orderId}`,
      authorizedMinor: 0,
      capturedMinor: 0,
      ended: null,
      captures: 0,
      refunds: new Map(),
    };
    this.accounts.set(orderId, account);
    return account;
  }
}
