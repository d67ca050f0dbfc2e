import { type At } from '../pipeline-model.ts';
import { cancel } from './cancel-ways.ts';
import { type LifeOrder, type LifeScript, store, type TellOf } from './life-script.ts';
import {
  answered,
  answerRefund,
  asksBack,
  authorized,
  authorizing,
  captured,
  capturing,
  closing,
  commitAll,
  committing,
  confirmed,
  holdAll,
  releaseAll,
  reverseAll,
  sale,
  startCommit,
  unknown,
  unwinding,
  wholeRefund,
} from './life-steps.ts';
import { refundOf } from './sale-ways.ts';

const cart = { lines: [{ sku: 'MUG', quantity: 3, unitMinor: 400 }] };
const twoHours = 7_200_000;

const discrepancy = (order: LifeOrder, opId: string): TellOf<'DiscrepancyRecorded'> => ({
  type: 'DiscrepancyRecorded',
  opId,
  class: 'state',
  ours: 'Voiding',
  theirs: 'captured',
  amountMinor: order.totalMinor,
  currency: 'GBP',
});

/** The reply is lost; a look-up finds the money reserved, another one that it was taken. */
export function unknownThenFound(life: LifeScript): void {
  const order = authorizing(life, 'unknown-then-found', cart);
  const op = life.op(order, 'authorize');
  const lost = life.outcome(order, op, 'unknown', { cause: 'timeout', isDone: true });
  const until = life.logs.now + twoHours;
  life.tell(order, lost, unknown(life, order, 'authorize', until), life.lookUp(order, op.opId, 'timeout'));
  const found = life.facts(order, op.opId);
  const seq = startCommit(life, order, found, authorized(life, order));
  const capture = life.op(order, 'capture');
  commitAll(life, order, seq, capture);
  const silent = life.outcome(order, capture, 'unknown', { cause: 'silent', isDone: true });
  const asked = life.lookUp(order, capture.opId, 'silent', { decideByMs: until });
  life.tell(order, silent, unknown(life, order, 'capture', until), asked);
  // The provider is away; the janitor asks once more.
  const away = life.facts(order, capture.opId, {
    found: 'unavailable',
    authorizedMinor: null,
    capturedMinor: null,
  });
  ignore(life, order, away, 'ReportFacts', 'unavailable');
  life.logs.wait(2_000);
  const { at } = life.tick(order, life.lookUp(order, capture.opId, 'janitor'));
  life.logs.passTime(at);
  const shown = life.facts(order, capture.opId, { capturedMinor: order.totalMinor });
  life.tell(order, shown, captured(life, order), sale(order));
  // The lost reply comes after all: a known repeat.
  life.outcome(order, capture, 'ok');
}

function ignore(
  life: LifeScript,
  { orderId: key }: LifeOrder,
  at: At,
  command: string,
  reason: string,
): void {
  life.logs.decide(at, key, [
    { type: 'CommandIgnored', command, key, reason, commandId: null, fingerprint: null },
  ]);
}

/** Nobody knows for two hours: given up, and then the provider shows that the money was taken. It goes back. */
export function lateMoney(life: LifeScript): void {
  const order = authorizing(life, 'late-money', cart);
  const op = life.op(order, 'authorize');
  const lost = life.outcome(order, op, 'unknown', { cause: 'reset', isDone: true });
  life.tell(
    order,
    lost,
    unknown(life, order, 'authorize', life.logs.now + twoHours),
    life.lookUp(order, op.opId, 'reset'),
  );
  life.logs.wait(twoHours);
  const voiding = life.op(order, 'void');
  const { at } = life.tick(order, unwinding('Expired', 'payment-time'), voiding);
  life.logs.passTime(at);
  [order.payment.status, order.payment.captured] = ['succeeded', order.totalMinor];
  const refused = life.outcome(order, voiding, 'unknown', { cause: 'conflict' });
  life.tell(
    order,
    refused,
    unknown(life, order, 'void', life.logs.now + 86_400_000),
    life.lookUp(order, voiding.opId, 'conflict'),
  );
  const facts = life.facts(order, voiding.opId, { capturedMinor: order.totalMinor });
  const back = wholeRefund(order, 'undo-1', 'late-money');
  const seq = life.tell(
    order,
    facts,
    { type: 'PaymentCaptured', ...answered(life, order, 'void') },
    discrepancy(order, voiding.opId),
    ...asksBack(life, order, back),
    unwinding('Expired', 'payment-time', { holds: order.holds }),
  );
  releaseAll(life, order, seq + 4, 'Expired', closing(order, 'Expired', 'payment-time'));
  answerRefund(life, order, back, 'succeeded');
}

/** A reservation that ends by itself while the holds become sales. */
export function lapsed(life: LifeScript): void {
  const { order, seq } = committing(life, 'lapsed', cart);
  const { opId } = life.op(order, 'authorize');
  const hint = life.logs.post('orders', order.orderId, store, {
    type: 'ProviderHint',
    orderId: order.orderId,
    psp: 'simulator',
    eventId: 'evt-1',
    kind: 'charge.expired',
    pspRef: `psp-${order.orderId}`,
    opId: null,
    livemode: false,
  });
  life.tell(order, hint, life.lookUp(order, opId, 'charge.expired', { hintId: 'evt-1' }));
  order.payment.status = 'canceled';
  const facts = life.facts(order, opId, { authorizedMinor: 0, ended: 'lapsed' });
  life.tell(order, facts, { type: 'PaymentLapsed', opId, attempt: 1, reason: 'lapsed' });
  const { at } = commitAll(life, order, seq);
  const undone = life.tell(order, at, unwinding('Expired', 'payment-lapsed', { commits: order.holds }));
  reverseAll(life, order, undone, order.holds, closing(order, 'Expired', 'payment-lapsed'));
}

/** The customer must act at his bank and never does. */
export function neverActs(life: LifeScript): void {
  const order = authorizing(life, 'never-acts', cart);
  const op = life.op(order, 'authorize');
  const pending = life.outcome(order, op, 'pending', { pspRef: 'psp-7' });
  life.tell(order, pending, {
    type: 'PaymentPending',
    opId: op.opId,
    attempt: 1,
    kind: 'authorize',
    pspRef: 'psp-7',
  });
  const action = life.outcome(order, op, 'action', { pspRef: 'psp-7', client: '{}' });
  const must = { opId: op.opId, attempt: 1, pspRef: 'psp-7', client: '{}' };
  life.tell(order, action, { type: 'PaymentActionRequired', ...must });
  life.logs.wait(900_000);
  const voiding = life.op(order, 'void');
  const { at } = life.tick(order, unwinding('Expired', 'payment-time'), voiding);
  life.logs.passTime(at);
  // A try that was not executed is sent again: same op, same key, same bytes.
  const limited = life.outcome(order, voiding, 'not_executed', { code: 'rate_limit', again: true });
  life.tell(order, limited, voiding);
  const ok = life.outcome(order, voiding, 'ok');
  const seq = life.tell(
    order,
    ok,
    { type: 'PaymentVoided', ...answered(life, order, 'void') },
    unwinding('Expired', 'payment-time', { holds: order.holds }),
  );
  releaseAll(life, order, seq + 1, 'Expired', closing(order, 'Expired', 'payment-time'));
}

/** The provider refuses to capture: kept, looked up, and only then believed. */
export function captureFails(life: LifeScript): void {
  const order = capturing(life, 'capture-fails', cart);
  const op = life.op(order, 'capture');
  const no = life.outcome(order, op, 'no', { code: 'insufficient_funds', next: 'later' });
  life.tell(
    order,
    no,
    unknown(life, order, 'capture', life.logs.now + twoHours),
    life.lookUp(order, op.opId, 'refused'),
  );
  const facts = life.facts(order, op.opId);
  const voiding = life.op(order, 'void');
  life.tell(
    order,
    facts,
    { type: 'PaymentCaptureFailed', opId: op.opId, attempt: 1, code: 'insufficient_funds' },
    unwinding('Declined', 'insufficient_funds'),
    voiding,
  );
  const ok = life.outcome(order, voiding, 'ok');
  const seq = life.tell(
    order,
    ok,
    { type: 'PaymentVoided', ...answered(life, order, 'void') },
    unwinding('Declined', 'insufficient_funds', { commits: order.holds }),
  );
  reverseAll(life, order, seq + 1, order.holds, closing(order, 'Declined', 'insufficient_funds'));
}

/** A chargeback that is won, one that is lost; while one is open no money goes back. */
export function disputes(life: LifeScript): void {
  const order = confirmed(life, 'disputes', cart);
  const { opId } = life.op(order, 'capture');
  const dispute = (disputeId: string, as: 'open' | 'won' | 'lost', amountMinor: number): void => {
    const known = order.payment.disputes.filter(({ id }) => id !== disputeId);
    order.payment.disputes = [...known, { id: disputeId, amount: amountMinor, status: as }];
    const hint = life.logs.post('orders', order.orderId, store, {
      type: 'ProviderHint',
      orderId: order.orderId,
      psp: 'simulator',
      eventId: `${disputeId}-${as}`,
      kind: 'charge.dispute.updated',
      pspRef: `psp-${order.orderId}`,
      opId: null,
      livemode: false,
    });
    life.tell(order, hint, life.lookUp(order, opId, 'dispute', { hintId: `${disputeId}-${as}` }));
    const facts = life.facts(order, opId, {
      capturedMinor: order.totalMinor,
      disputes: [{ id: disputeId, amountMinor, status: as }],
    });
    life.tell(order, facts, {
      type: 'DisputeRecorded',
      disputeId,
      as,
      amountMinor,
      currency: 'GBP',
      pspRef: null,
    });
  };
  dispute('dp-1', 'open', 500);
  life.refuse(order, 'refunds', refundOf(order.orderId, 100), 'disputed');
  dispute('dp-1', 'won', 500);
  dispute('dp-2', 'open', 1_200);
  dispute('dp-2', 'lost', 1_200);
  life.refuse(order, 'refunds', refundOf(order.orderId, 1), 'over-refund');
}

/** A capture nobody can find: a person looks, and says that it was done. */
export function person(life: LifeScript): void {
  const order = capturing(life, 'person', cart);
  const op = life.op(order, 'capture');
  const lost = life.outcome(order, op, 'unknown', { cause: 'server', isDone: true });
  life.tell(
    order,
    lost,
    unknown(life, order, 'capture', life.logs.now + twoHours),
    life.lookUp(order, op.opId, 'server'),
  );
  const facts = life.facts(order, op.opId, {
    found: 'not-found',
    authorizedMinor: null,
    capturedMinor: null,
  });
  life.tell(order, facts, needed(order, op.opId, 'not-found'));
  const resolve = {
    type: 'ResolvePayment',
    orderId: order.orderId,
    opId: op.opId,
    as: 'done',
    by: 'ops-1',
    reason: 'seen at the bank',
    evidence: 'statement 7',
  } as const;
  const asked = { commandId: 'resolve-1', fingerprint: 'f-resolve' };
  for (let tries = 1; tries <= 2; tries += 1) {
    life.logs.privileged.announce({
      actor: resolve.by,
      what: 'payment.resolve',
      effectId: asked.commandId,
      target: op.opId,
      reason: resolve.reason,
    });
  }
  const at = life.logs.post('orders', order.orderId, store, resolve, asked);
  const { as, by, reason, evidence } = resolve;
  life.tell(
    order,
    at,
    { type: 'PaymentResolved', opId: op.opId, as, by, reason, evidence, ...asked, requestId: null },
    captured(life, order),
    sale(order),
  );
}

const needed = (order: LifeOrder, opId: string | null, reason: string): TellOf<'PersonNeeded'> => ({
  type: 'PersonNeeded',
  opId,
  reason,
  amountMinor: order.totalMinor,
  currency: 'GBP',
});

/** A void nobody knows of after a day: the order stays open, and a person has it. */
export function waitsForPerson(life: LifeScript): void {
  const order = authorizing(life, 'waits', cart);
  const action = life.ask(order, 'cancel', cancel(order.orderId));
  life.tell(order, action.at, { type: 'CancelNoted', reason: 'changed my mind', ...action.outside });
  const op = life.op(order, 'authorize');
  const voiding = life.op(order, 'void');
  const ok = life.outcome(order, op, 'ok');
  life.tell(order, ok, authorized(life, order), unwinding('Cancelled', 'changed my mind'), voiding);
  const lost = life.outcome(order, voiding, 'unknown', { cause: 'timeout' });
  const until = life.logs.now + 86_400_000;
  life.tell(order, lost, unknown(life, order, 'void', until), life.lookUp(order, voiding.opId, 'timeout'));
  life.logs.wait(86_400_000);
  const { at } = life.tick(order, needed(order, voiding.opId, 'undecided'));
  life.logs.passTime(at);
}

/** News of orders nobody placed, and of none; one comes twice. */
export function hints(life: LifeScript): void {
  const hint = (orderId: string, eventId: string): void => {
    const news = { psp: 'simulator', eventId, kind: 'charge.succeeded', pspRef: 'x-1', opId: null };
    const body = { type: 'ProviderHint', orderId, ...news, livemode: false } as const;
    const at = life.logs.post('orders', orderId, store, body);
    life.logs.decide(at, orderId, [{ type: 'HintKept', store, orderId, command: body.type, ...news }]);
    life.logs.repeat(at);
  };
  hint('psp:x-1', 'evt-2');
  hint('o-00000000000000000000000002', 'evt-3');
}

/** Nothing to pay: no operation, straight to the sale. */
export function free(life: LifeScript): void {
  const order = life.place('free', { lines: [{ sku: 'MUG', quantity: 1, unitMinor: 0 }] });
  const seq = holdAll(life, order, { type: 'CommitStarted', holds: order.holds });
  commitAll(life, order, seq + 1, sale(order));
}
