import { bucketSeconds } from './bucket-sql.ts';
import { isBeforeEnd, isBeforeRange, openingBucket } from './money-back-sql.ts';
import type { Bucket } from './time-range.ts';

/** The words that say what is true of an operation; each ends what was unknown of it. */
const answers = `'PaymentAuthorized', 'PaymentDeclined', 'PaymentCaptured', 'PaymentCaptureFailed', 'PaymentVoided',
        'PaymentLapsed', 'RefundRecorded'`;

/**
 * SELECT of what unknown money of one store rose and fell by, up to the range's end: `bucket_s`, `currency`, `delta_minor`;
 * what was before the range lies in the opening bucket. An order's payment is one subject, each refund another: whatever
 * operation the answer names, the payment is known then. `of` narrows the rows of `payments`.
 */
export const unknownPart = (
  bucket: Bucket,
  of: string,
): string => `SELECT if(${isBeforeRange}, ${openingBucket}, ${bucketSeconds('at', bucket)}) AS bucket_s,
    currency, unknown_minor - was_minor AS delta_minor
  FROM (
    SELECT at, max(assumeNotNull(u.currency)) OVER (PARTITION BY u.subject) AS currency, unknown_minor,
      lagInFrame(unknown_minor, 1, 0) OVER (
        PARTITION BY u.subject ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ) AS was_minor
    FROM (
      SELECT at, seq, currency, if(kind = 'refund', op_id, order_id) AS subject,
        if(event = 'PaymentUnknown', assumeNotNull(amount_minor), toInt64(0)) AS unknown_minor
      FROM payments
      WHERE store = {store:String} AND ${of} AND event IN ('PaymentUnknown', ${answers})
        AND order_id IN (SELECT order_id FROM payments WHERE store = {store:String} AND event = 'PaymentUnknown')
    ) AS u
  )
  WHERE unknown_minor != was_minor AND ${isBeforeEnd}`;
