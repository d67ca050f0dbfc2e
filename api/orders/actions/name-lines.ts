import type { LineQuantity } from '../../../schemas/generated/orders-commands.ts';
import { type FieldError, Problem } from '../../http/problem.ts';
import type { PieceRequest } from './action-requests.ts';

/** What is needed of an order to find its lines. */
export interface LinesOfOrder {
  readonly lines: readonly { readonly sku: string }[];
}

/**
 * The lines of a request by number, each once. A SKU stands for the one line that has it. `order` null = not known now:
 * numbers are taken as they are, the log judges them. Throws validation-failed, or view-unavailable for a SKU of an
 * order that cannot be looked at.
 */
export function nameLines(
  pieces: readonly PieceRequest[] | undefined,
  order: LinesOfOrder | null,
): readonly LineQuantity[] {
  const errors: FieldError[] = [];
  const seen = new Set<number>();
  const named = (pieces ?? []).map((piece, i) => {
    const line = 'line' in piece ? piece.line : lineOf(piece.sku, order);
    const fault = faultOf(line, order, seen);
    if (fault) errors.push({ pointer: `/lines/${i}`, ...fault });
    else if (typeof line === 'number') seen.add(line);
    return { line: typeof line === 'number' ? line : 0, quantity: piece.quantity };
  });
  if (errors.length > 0) throw new Problem('validation-failed', { errors });
  return named;
}

function lineOf(sku: string, order: LinesOfOrder | null): number | 'absent' | 'ambiguous' {
  if (!order) {
    throw new Problem('view-unavailable', {
      detail: 'Lines cannot be found by their SKU now. Name them by number, or send the request again.',
    });
  }
  const lines = order.lines.flatMap((line, i) => (line.sku === sku ? [i + 1] : []));
  if (lines.length > 1) return 'ambiguous';
  return lines[0] ?? 'absent';
}

function faultOf(
  line: number | 'absent' | 'ambiguous',
  order: LinesOfOrder | null,
  seen: ReadonlySet<number>,
): Omit<FieldError, 'pointer'> | null {
  if (line === 'ambiguous') {
    return { code: 'ambiguous-sku', message: 'several lines have this SKU: name the line by number' };
  }
  if (line === 'absent' || (order && line > order.lines.length)) {
    return { code: 'unknown-line', message: 'the order has no such line' };
  }
  return seen.has(line) ? { code: 'duplicate-line', message: 'each line may stand once' } : null;
}
