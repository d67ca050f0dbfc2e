import { describe, expect, test } from 'vitest';
import { createSimulatorHints } from './simulator-hints.ts';
import { signatureHeader, signWebhook } from './webhook-signature.ts';

const nowMs = Date.UTC(2026, 0, 1);
const [older, newer, wrong] = ['the older secret', 'the newer secret', 'of somebody else'];
const reader = createSimulatorHints({ secrets: [older, newer], nowMs: () => nowMs });
const body = (change: object = {}, object: object = {}): Buffer =>
  Buffer.from(
    JSON.stringify({
      id: 'evt_1',
      type: 'payment_intent.succeeded',
      livemode: false,
      data: { object: { id: 'pi_1', ...object } },
      ...change,
    }),
  );
const signed = (raw: Buffer, secrets = [newer], atMs = nowMs) =>
  reader.readHint(raw, { [signatureHeader]: signWebhook(raw, secrets, atMs) });

describe('the signature of a webhook', () => {
  test.each([
    ['the newer secret', [newer], 'evt_1'],
    ['the older one during a rotation', [older], 'evt_1'],
    ['both', [older, newer], 'evt_1'],
    ['neither', [wrong], undefined],
    ['nobody', [], undefined],
  ])('signed by %s', (_, secrets, eventId) => {
    const hint = signed(body(), secrets);
    expect(hint).toEqual(eventId === undefined ? 'not-authentic' : expect.objectContaining({ eventId }));
  });

  test.each([
    [-301, false],
    [-300, true],
    [300, true],
    [301, false],
  ])('%i s away from our clock', (seconds, isTaken) => {
    expect(signed(body(), [newer], nowMs + seconds * 1_000) !== 'not-authentic').toBe(isTaken);
  });

  test('is over the raw bytes: other bytes, another time or a bent digit are not authentic', () => {
    const raw = body();
    const header = signWebhook(raw, [newer], nowMs);
    const read = (bytes: Buffer, text: string | undefined) =>
      reader.readHint(bytes, text === undefined ? {} : { [signatureHeader]: text });
    expect(read(raw, header)).not.toBe('not-authentic');
    expect(read(Buffer.concat([raw, Buffer.from(' ')]), header)).toBe('not-authentic');
    expect(read(raw, header.replace(/t=\d+/, `t=${nowMs / 1_000 + 1}`))).toBe('not-authentic');
    expect(read(raw, header.slice(0, -1) + (header.endsWith('0') ? '1' : '0'))).toBe('not-authentic');
    expect(read(raw, header.slice(0, -1))).toBe('not-authentic');
    expect(read(raw, undefined)).toBe('not-authentic');
    expect(read(raw, '')).toBe('not-authentic');
  });
});

describe('the hint in a webhook', () => {
  test('names the payment, and the order and op where the metadata does', () => {
    expect(signed(body())).toEqual({
      eventId: 'evt_1',
      kind: 'payment_intent.succeeded',
      isKnown: true,
      pspRef: 'pi_1',
      livemode: false,
    });
    const metadata = { opId: 'o-1:capture:1', orderId: 'o-1' };
    expect(signed(body({}, { metadata }))).toMatchObject(metadata);
  });

  test('of a refund or a dispute names the payment too', () => {
    const object = { id: 're_1', payment_intent: 'pi_1' };
    for (const type of ['refund.failed', 'charge.dispute.created'])
      expect(signed(body({ type }, object))).toMatchObject({ isKnown: true, pspRef: 'pi_1' });
  });

  test('of a type nobody knows is known to be of no meaning', () => {
    expect(signed(body({ type: 'payment_intent.exploded' }))).toMatchObject({ isKnown: false });
    expect(signed(body({ type: 'balance.available', data: { object: {} } }))).toMatchObject({ pspRef: '' });
  });

  test.each([
    ['no JSON', Buffer.from('not json')],
    ['a key twice', Buffer.from(body().toString().replace('{', '{"id":"evt_2",'))],
    ['no event id', body({ id: undefined })],
    ['no payment', body({ data: { object: {} } })],
    ['no mode', body({ livemode: undefined })],
  ])('well signed with %s is malformed', (_, raw) => {
    expect(signed(raw)).toBe('malformed');
  });
});
