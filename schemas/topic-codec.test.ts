import avsc from 'avsc';
import { expect, test } from 'vitest';
import type { AvroComplex, AvroSchema } from './avro-schema.ts';
import type { Command, ReportOutcome } from './generated/orders-commands.ts';
import type { StoreConfig } from './generated/stores-config.ts';
import { schemaOfTopic } from './topic-catalogue.ts';
import { createTopicCodec, decodePayload } from './topic-codec.ts';

const codec = createTopicCodec<Command>('orders.commands.v1', 7);
const line = { discountMinor: 0, taxBp: 0, taxMinor: 0, priceVersion: 1, shareMinor: 0 };
const command: Command = {
  store: 's',
  commandId: null,
  fingerprint: null,
  requestId: null,
  body: {
    type: 'PlaceOrder',
    orderId: 'o-1',
    customerId: 'c-1',
    currency: 'GBP',
    lines: [
      { ...line, sku: 'A', quantity: 2, unitMinor: 100 },
      { ...line, sku: 'B', quantity: 1, unitMinor: 5 },
    ],
    discountMinor: 0,
    shippingMinor: 0,
    shippingTaxMinor: 0,
    totalMinor: 205,
    taxRule: 'exclusive',
    paymentToken: 'sealed',
    shipTo: null,
    orderedAtMs: null,
    pricedBy: 'catalogue',
  },
};

test('reads back what it wrote, arrays included', () => {
  expect(codec.decode(codec.encode(command))).toEqual({ is: 'value', value: command });
});

test('refuses an array longer than the bytes that are left, before it makes room for it', () => {
  const bytes = codec.encode(command);
  const count = bytes.indexOf(Buffer.from('\x04\x02A', 'latin1'));
  expect(count).toBeGreaterThan(0);
  const bomb = Buffer.concat([
    bytes.subarray(0, count),
    Buffer.from('80c2d72f', 'hex'),
    bytes.subarray(count + 1),
  ]);
  expect(codec.decode(bomb)).toMatchObject({
    is: 'unreadable',
    detail: expect.stringContaining('at most 10000'),
  });
});

const whole = (): Buffer => codec.encode(command);
const changed = (change: (bytes: Buffer) => void): Buffer => {
  const bytes = whole();
  change(bytes);
  return bytes;
};

test.each<[string, Buffer | null, string]>([
  ['a tombstone', null, 'unexpected-tombstone'],
  ['an empty value', Buffer.alloc(0), 'too-short'],
  ['one byte', Buffer.alloc(1), 'too-short'],
  ['magic byte 1', changed((bytes) => bytes.writeUInt8(1, 0)), 'bad-magic'],
  ['plain JSON', Buffer.from('{"type":"PlaceOrder","orderId":"o-1"}'), 'bad-magic'],
  ['a payload one byte short', whole().subarray(0, -1), 'decode'],
  ['a byte after the record', Buffer.concat([whole(), Buffer.alloc(1)]), 'trailing-bytes'],
  ['a frame without a payload', whole().subarray(0, 5), 'decode'],
  [
    '64 random bytes',
    Buffer.concat([
      whole().subarray(0, 5),
      Buffer.from(
        'mLVuMXuBzOhI0Bpit3xe/KLyISCt3PMAzUr6IPxM5nUSqs8G2DENpghsoMhlsZmiKLkW95jl//ChVbW+cUUO0w==',
        'base64',
      ),
    ]),
    'decode',
  ],
])('calls %s unreadable, and why', (_, bytes, reason) => {
  expect(codec.decode(bytes)).toMatchObject({ is: 'unreadable', reason });
});

test('a schema id never met is no fault of the record', () => {
  expect(codec.decode(changed((bytes) => bytes.writeInt32BE(999_999, 1)))).toEqual({
    is: 'unknown-schema',
    schemaId: 999_999,
  });
});

const stores = createTopicCodec<StoreConfig>('stores.config.v1', 3);
/** A StoreConfig frame: store, atMs and the rest of the payload as base64. */
const frame = (...payload: readonly string[]): Buffer =>
  Buffer.concat([Buffer.from([0, 0, 0, 0, 3]), ...payload.map((part) => Buffer.from(part, 'base64'))]);
const store = 'AmE='; // "a"
const keyRevoked = 'AAQCawJy'; // no requestId, branch 2, "k", "r"

test('the frames below are sound but for the part they spoil', () => {
  expect(stores.decode(frame(store, 'Ag==', keyRevoked))).toEqual({
    is: 'value',
    value: { store: 'a', atMs: 1, requestId: null, body: { type: 'KeyRevoked', keyId: 'k', reason: 'r' } },
  });
});

test.each<[string, Buffer, readonly string[]]>([
  ['a string of length -1', frame('AQ==', 'Ag==', keyRevoked), ['decode']],
  ['a string of length 2^31', frame('gICAgBA=', 'Ag==', keyRevoked), ['decode']],
  ['a long beyond 2^53', frame(store, 'goCAgICAgCA=', keyRevoked), ['range']],
  ['a varint of eleven bytes', frame(store, '/////////////wE=', keyRevoked), ['decode', 'range']],
  ['bytes that are not UTF-8', frame('BP/+', 'Ag==', keyRevoked), ['encoding']],
  ['a union branch out of range', frame(store, 'Ag==', 'AAoCawJy'), ['decode']],
  ['a negative union branch', frame(store, 'Ag==', 'AAECawJy'), ['decode']],
])('calls %s unreadable, without allocating for it', (_, bytes, reasons) => {
  const decoded = stores.decode(bytes);
  expect(decoded.is).toBe('unreadable');
  expect(reasons).toContain(decoded.is === 'unreadable' ? decoded.reason : null);
});

test('a replacement character that was written is read back', () => {
  const value: StoreConfig = {
    store: '\uFFFD',
    atMs: 1,
    requestId: null,
    body: { type: 'KeyRevoked', keyId: 'k', reason: 'r' },
  };
  expect(stores.decode(stores.encode(value))).toEqual({ is: 'value', value });
});

const outcome = (is: ReportOutcome['is']): Command => ({
  ...command,
  body: {
    type: 'ReportOutcome',
    orderId: 'o-1',
    opId: 'o-1:authorize:1',
    attempt: 1,
    try: 1,
    kind: 'authorize',
    is,
    amountMinor: null,
    currency: null,
    pspRef: null,
    captureBeforeMs: null,
    code: null,
    next: null,
    cause: null,
    client: null,
    again: null,
    replayed: false,
  },
});

test('an enum ordinal out of range is corruption: the default is for symbols of another schema', () => {
  const [ok, no] = [codec.encode(outcome('ok')), codec.encode(outcome('no'))];
  const at = ok.findIndex((byte, i) => byte !== no[i]);
  ok.writeUInt8(14, at); // ordinal 7 of 6
  expect(codec.decode(ok)).toMatchObject({ is: 'unreadable', reason: 'decode' });
});

const ordersCommands = (): AvroComplex => structuredClone(schemaOfTopic('orders.commands.v1') as AvroComplex);
/** The bytes a writer with another schema makes of a value. */
const writtenUnder = (schema: AvroSchema, id: number, value: object): Buffer => {
  const header = Buffer.alloc(5);
  header.writeInt32BE(id, 1);
  return Buffer.concat([header, avsc.Type.forSchema(schema as avsc.Schema).toBuffer(value)]);
};
const wrapped = ({ body: { type, ...fields }, ...envelope }: Command, more: object = {}): object => ({
  ...envelope,
  ...more,
  body: { [`millrace.orders.commands.${type}`]: fields },
});

test('reads a newer writer whose added field has a default, once it has learned the schema', () => {
  const newer = {
    ...ordersCommands(),
    fields: [...(ordersCommands().fields ?? []), { name: 'note', type: 'string', default: '' }],
  };
  const bytes = writtenUnder(newer, 8, wrapped(command, { note: 'new' }));
  expect(codec.decode(bytes)).toEqual({ is: 'unknown-schema', schemaId: 8 });
  codec.addWriter(8, newer);
  expect(codec.decode(bytes)).toEqual({ is: 'value', value: command });
});

test('a writer schema this build cannot read is refused when it is learned, not when it is met', () => {
  const fields = (ordersCommands().fields ?? []).filter(({ name }) => name !== 'store');
  expect(() => codec.addWriter(9, { ...ordersCommands(), fields })).toThrow('store');
  expect(codec.decode(changed((bytes) => bytes.writeInt32BE(9, 1)))).toEqual({
    is: 'unknown-schema',
    schemaId: 9,
  });
});

test('a newer writer with one more body is not readable: folding around it would make another state', () => {
  const fields = (ordersCommands().fields ?? []).map((field) =>
    field.name === 'body'
      ? {
          ...field,
          type: [
            ...(field.type as readonly AvroSchema[]),
            { type: 'record', name: 'SplitOrder', fields: [] },
          ],
        }
      : field,
  );
  expect(() => codec.addWriter(11, { ...ordersCommands(), fields })).toThrow();
});

test('an outcome of a newer writer that this build has no name for reads as unknown', () => {
  const newer = JSON.parse(
    JSON.stringify(ordersCommands()).replace('"ok","no",', '"ok","half_done","no",'),
  ) as AvroSchema;
  const written = JSON.parse(
    JSON.stringify(wrapped(outcome('ok'))).replace('"is":"ok"', '"is":"half_done"'),
  ) as object;
  codec.addWriter(10, newer);
  expect(codec.decode(writtenUnder(newer, 10, written))).toEqual({ is: 'value', value: outcome('unknown') });
});

test('a value that does not fit is a bug of the caller, named by its path', () => {
  const wrong = { ...command, store: 7 as unknown as string };
  expect(() => codec.encode(wrong)).toThrow('at store');
  const nobody = { ...command, body: { type: 'NoSuchBody' } as unknown as Command['body'] };
  expect(() => codec.encode(nobody)).toThrow('no body NoSuchBody');
  expect(codec.decode(whole())).toEqual({ is: 'value', value: command });
});

test('tells bytes that are not UTF-8 from a real U+FFFD, also side by side', () => {
  const field = (name: string) => ({ name, type: 'string' });
  const pair = { type: 'record', name: 'Pair', fields: [field('a'), field('b')] };
  const real = Buffer.from([6, 0xef, 0xbf, 0xbd]);
  const broken = Buffer.from([4, 0xff, 0xfe]);
  expect(decodePayload(pair, Buffer.concat([real, real]))).toMatchObject({ is: 'value' });
  for (const payload of [
    [real, broken],
    [broken, real],
  ]) {
    expect(decodePayload(pair, Buffer.concat(payload))).toMatchObject({ reason: 'encoding' });
  }
});
