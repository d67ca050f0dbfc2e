import { control } from './control.ts';
import type { Ledger } from './ledger.ts';
import type { Provider } from './provider.ts';
import { type SettledBooks, settlementFile, settlementPayouts } from './settlement.ts';
import type { WireEnd } from './shape-reply.ts';

/** A plain answer: JSON, at once. */
export function plain(status: number, json: unknown): WireEnd {
  const text = typeof json === 'string' ? json : JSON.stringify(json);
  return {
    is: 'reply',
    reply: { status, headers: { 'content-type': 'application/json' }, text },
    delayMs: 0,
  };
}

export const refuse = (status: number, type: string, code: string, message: string): WireEnd =>
  plain(status, { error: { type, code, message } });

const wrong = (message: string): WireEnd => refuse(400, 'invalid_request_error', 'parameter', message);

/** `{data: [payment]}` with its refunds and disputes, or an empty list. */
export function lookUp(provider: Provider, query: URLSearchParams, wallMs: number): WireEnd {
  const id = query.get('id');
  const opId = query.get('opId');
  if (id === null && opId === null) return wrong('opId or id is needed.');
  const asked = id !== null ? { id } : { opId: opId ?? '' };
  const { status, text } = provider.book.lookUp(asked, provider.nowMs(wallMs));
  return plain(status, text);
}

const pageLines = 100;

/** Lines of a store's file of a day from index `after` on: `{data, has_more}`. */
export function settlements(provider: Provider, query: URLSearchParams, wallMs: number): WireEnd {
  const store = query.get('store') ?? '';
  const day = query.get('day') ?? '';
  const after = query.get('after') ?? '0';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !/^\d{1,9}$/.test(after)) return wrong('day, after');
  const lines = settlementFile(booksOf(provider, wallMs), store, day);
  const from = Number(after);
  const data = lines.slice(from, from + pageLines);
  return plain(200, { object: 'list', data, has_more: from + data.length < lines.length });
}

/** What was paid out for a store's file of a day, once that day is over: `{data}`. */
export function payouts(provider: Provider, query: URLSearchParams, wallMs: number): WireEnd {
  const day = query.get('day') ?? '';
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return wrong('day');
  const data = settlementPayouts(booksOf(provider, wallMs), query.get('store') ?? '', day);
  return plain(200, { object: 'list', data, has_more: false });
}

function booksOf(provider: Provider, wallMs: number): SettledBooks {
  const nowMs = provider.nowMs(wallMs);
  return { records: provider.book.records(nowMs), plants: provider.plants, nowMs };
}

/** Takes one control; it stands in the ledger before its answer. */
export async function takeControl(
  provider: Provider,
  ledger: Ledger,
  bytes: Uint8Array,
  wallMs: number,
): Promise<WireEnd> {
  const parsed = control.safeParse(readJson(bytes));
  if (!parsed.success)
    return wrong(parsed.error.issues.map((issue) => issue.path.join('.') || '(body)').join(', '));
  const problem = provider.control(parsed.data, wallMs);
  if (problem !== null) return wrong(problem);
  await ledger.append({ control: parsed.data, atMs: wallMs });
  return plain(200, { nowMs: provider.nowMs(wallMs) });
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // the parser's caller says what is wrong
  }
}
