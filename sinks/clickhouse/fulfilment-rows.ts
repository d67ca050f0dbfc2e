import type { FulfilmentRow } from '../../schemas/clickhouse-columns.ts';
import type { EventBody } from '../../schemas/generated/orders-events.ts';
import type { RowOrigin } from './money-rows.ts';

type PiecesEvent = Extract<
  EventBody,
  {
    type:
      | 'LinesCancelled'
      | 'ShipmentRecorded'
      | 'DeliveryRecorded'
      | 'ReturnRequested'
      | 'ReturnReceived'
      | 'ReturnLapsed';
  }
>;

/** A row for each line of what became of pieces of an order. */
export const fulfilmentRows = (origin: RowOrigin, body: PiecesEvent): readonly FulfilmentRow[] =>
  body.lines.map(({ line, sku, quantity }) => ({
    ...origin,
    line: line - 1,
    event: body.type,
    ref: refOf(body),
    sku,
    units: quantity,
    condition: body.type === 'ReturnReceived' ? conditionOf(body) : null,
    claimed_at: 'claimedAtMs' in body ? body.claimedAtMs : null,
  }));

function refOf(body: PiecesEvent): string {
  if ('cancellationId' in body) return body.cancellationId;
  if ('shipmentId' in body) return body.shipmentId;
  return 'deliveryId' in body ? body.deliveryId : body.returnId;
}

const conditionOf = ({
  sellable,
  condition,
}: Extract<PiecesEvent, { type: 'ReturnReceived' }>): string | null => (sellable ? 'sellable' : condition);
