import { expect, test } from 'vitest';
import { type ServerSentEvent, ServerSentEventReader } from './server-sent-events.ts';

const text =
  '\uFEFFretry: 2000\n\n: alive\n\nid: 0.1\ndata: {"n":1}\n\nevent: order\rid:0.2\rdata: {"n":\rdata: "ü"}\r\revent: reset\r\nid: 0.9\r\ndata: {}\r\n\r\nid: 0.10\n\ndata\n\n: half an event\nid: 0.11\ndata: x\n';
const events: readonly ServerSentEvent[] = [
  { type: 'message', id: '0.1', data: '{"n":1}' },
  { type: 'order', id: '0.2', data: '{"n":\n"ü"}' },
  { type: 'reset', id: '0.9', data: '{}' },
  { type: 'message', id: '0.10', data: '' },
];

test.each([1, 2, 3, 7, 1_000])(
  'reads what a stream says in pieces of %i bytes, without comments and halves',
  (size) => {
    const bytes = new TextEncoder().encode(text);
    const reader = new ServerSentEventReader();
    const read: ServerSentEvent[] = [];
    for (let at = 0; at < bytes.length; at += size) read.push(...reader.read(bytes.subarray(at, at + size)));
    expect(read).toEqual(events);
  },
);
