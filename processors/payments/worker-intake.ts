import { assertNever } from '../../schemas/assert-never.ts';
import type { EventBody, PaymentOpRequested } from '../../schemas/generated/orders-events.ts';
import type { OpErrand, WorkerErrands } from './worker-errands.ts';
import { attemptOf } from './worker-op.ts';

/** What an event of the orders journal means for the payments worker; null: nothing. */
export type WorkerTask =
  | { readonly is: 'run'; readonly requested: PaymentOpRequested }
  | { readonly is: 'look-up'; readonly asked: Extract<EventBody, { type: 'LookUpRequested' }> }
  | null;

/**
 * Reads one event: drops what it answers, and says what it asks for. A new event is a compile error here, for it may be
 * an answer.
 */
export function takeEvent(errands: WorkerErrands, body: EventBody): WorkerTask {
  switch (body.type) {
    case 'PaymentOpRequested':
      dropOvertaken(errands, body);
      return { is: 'run', requested: body };
    case 'LookUpRequested':
      return { is: 'look-up', asked: body };
    case 'PaymentAuthorized':
    case 'PaymentCaptureFailed':
    case 'RefundRecorded':
      errands.removeOps(body.orderId, ({ opId, attempt }) => opId === body.opId && attempt <= body.attempt);
      return null;
    case 'PaymentDeclined':
    case 'PaymentCaptured':
    case 'PaymentVoided':
    case 'PaymentLapsed':
      // nothing of the authorized money is under way any more
      errands.removeOps(body.orderId, ({ kind }) => kind !== 'refund');
      return null;
    case 'PaymentUnknown':
      // silence is nobody's report: what was asked for is still to be done
      if (body.cause !== 'silent') errands.remove(attemptOf(body));
      return null;
    case 'PaymentPending':
    case 'PaymentActionRequired':
      errands.remove(attemptOf(body));
      return null;
    case 'CancelNoted':
    case 'LinesCancelled':
    case 'ShipmentRecorded':
    case 'DeliveryRecorded':
    case 'ReturnRequested':
    case 'ReturnReceived':
    case 'ReturnLapsed':
    case 'RefundRequested':
    case 'RefundDue':
    case 'DisputeRecorded':
    case 'HintKept':
    case 'DiscrepancyRecorded':
    case 'PersonNeeded':
    case 'PaymentResolved':
    case 'OrderPlaced':
    case 'HoldRecorded':
    case 'CommitStarted':
    case 'CommitRecorded':
    case 'OrderConfirmed':
    case 'UnwindStarted':
    case 'OrderClosed':
    case 'OrderArchived':
    case 'Barrier':
    case 'TimePassed':
    case 'CommandIgnored':
    case 'CommandRefused':
    case 'CommandQuarantined':
    case 'CommandParked':
    case 'CommandRedriven':
    case 'RedriveAnswered':
    case 'AnomalyRecorded':
      return null;
    default:
      return assertNever(body);
  }
}

/** A void ends what it undoes, a next attempt the one before: neither may be sent after it. */
function dropOvertaken(errands: WorkerErrands, { orderId, opId, attempt, kind }: PaymentOpRequested): void {
  errands.removeOps(
    orderId,
    (other) =>
      (other.opId === opId && other.attempt < attempt) ||
      (kind === 'void' && (other.kind === 'authorize' || other.kind === 'capture')),
  );
}

/** It waits to be sent again already: that it is asked for once more changes nothing. */
export const isUnderWay = (errand: OpErrand): boolean => errand.lastIs === 'not-executed';
