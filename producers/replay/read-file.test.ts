import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ReplayFileError } from './columns.ts';
import { readRetailFile } from './read-file.ts';
import type { PlannedOrder } from './planned-order.ts';
import { type ReplayOutcome, summarize } from './summarize.ts';
import { type Plan, planOrders } from './plan-orders.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-replay-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country';
let files = 0;
function fileOf(content: string | Buffer): string {
  const file = path.join(folder, `${(files += 1)}.csv`);
  writeFileSync(file, content);
  return file;
}
const line = (
  invoice: string,
  code: string,
  quantity: number | string,
  price: number | string,
  more = {},
): string => {
  const { name = 'LAMP', at = '2010-12-01 09:32:00', customer = '17850.0' } = more as Record<string, string>;
  return [invoice, code, name, quantity, at, price, customer, 'United Kingdom'].join(',');
};
async function read(lines: readonly string[], ending = '\n') {
  const file = await readRetailFile(fileOf([header, ...lines].join(ending)));
  const plan = planOrders(file);
  return { ...file, plan, ...summarize(plan, doneOf(plan)) };
}

/** A run in which the API takes everything but the orders named. */
function doneOf(plan: Plan, refused: ReadonlyMap<PlannedOrder, string> = new Map()): ReplayOutcome {
  const returned = new Map(
    plan.returns.map((one) => [one, { is: 'refunded', minor: one.refundMinor } as const]),
  );
  return { refused, replayed: 0, shipped: plan.orders.length - refused.size, returned };
}

test('reads the sample to the sums of an independent count', async () => {
  const sample = new URL('./data/online-retail-a.csv', import.meta.url).pathname;
  const plan = planOrders(await readRetailFile(sample));
  const { summary } = summarize(plan, doneOf(plan));
  // Counted with Python's csv and decimal modules over the same file, which has 14,784 lines that come to 28,680,835.
  expect(summary).toEqual({
    orders: 5777,
    accepted: { orders: 5777, lines: 14_406, minor: 29_394_534 },
    shipped: 5777,
    returned: { returns: 11, lines: 11, pieces: 22 },
    refunds: { refunds: 11, minor: 4_410 },
    netMinor: 29_390_124,
    quarantined: {
      lines: 367,
      minor: -709_289,
      byReason: { fee: 21, discount: 4, 'not-goods': 15, 'no-price': 21, credit: 306 },
    },
    replayed: 0,
  });
  expect(14_406 + 11 + 367).toBe(14_784);
  expect(summary.netMinor + summary.quarantined.minor).toBe(28_680_835);
});

test.each([
  [line('536365', '85123A', 6, 2.55), 'goods'],
  [line('536365', '85123a', 6, '2.550'), 'goods'],
  [line('536365', ' 85123A ', '6.0', 2.55), 'goods'],
  [line('536365', 'POST', 1, 18), 'order shipping'],
  [line('536365', 'dot', 2, 18), 'order shipping'],
  [line('536365', 'POST', -1, 18), 'fee'],
  [line('536365', 'POST', 1, 0), 'fee'],
  [line('536365', 'POST', 1, 0.005), 'fee'],
  [line('C536365', 'POST', -1, 18), 'fee'],
  [line('536365', 'C2', 1, 50), 'order shipping'],
  [line('536365', 'D', -1, 27.5), 'order discount'],
  [line('536365', 'D', 1, 27.5), 'discount'],
  [line('C536379', 'D', -1, 27.5), 'discount'],
  [line('536365', 'm', 1, 1.25), 'not-goods'],
  [line('536365', 'BANK CHARGES', 1, 15), 'not-goods'],
  [line('536365', 'gift_0001_20', 1, 16.67), 'not-goods'],
  [line('536365', 'TEST001', 5, 4.5), 'not-goods'],
  [line('536365', 'PADS', 1, 0.001), 'not-goods'],
  [line('A563185', 'B', 1, 11062.06), 'adjustment'],
  [line('536365', '22423', 1, 0), 'no-price'],
  [line('536365', '22423', 0, 1), 'no-price'],
  [line('536365', '22423', -10, 0), 'no-price'],
  [line('536365', '22423', 1, -1), 'no-price'],
  [line('C536391', '22423', -24, 0.29), 'credit'],
  [line('536391', '22423', -24, 0.29), 'credit'],
  [line('C536391', '22423', -24, 0.295), 'credit'],
  [line('536391', '22423', 24, 0.295), 'malformed'],
  [line('536391', '22423', 1.5, 1), 'malformed'],
  [line('536391', '22423', 'six', 1), 'malformed'],
  [line('536391', '22423', 1, '£1'), 'malformed'],
  [line('536391', '22 423', 1, 1), 'malformed'],
  [line('536391', '', 1, 1), 'malformed'],
  [line('', '22423', 1, 1), 'malformed'],
  [line('536391', '22423', 1, 1, { at: 'noon' }), 'malformed'],
  [line('536391', '22423', 1, 1, { customer: 'a b' }), 'malformed'],
  [line('536391', '22423', 100_001, 1), 'over-limit'],
  [line('536391', '22423', 1, 10_000_000), 'over-limit'],
  ['536391,22423,LAMP, BLUE,6,2010-12-01 09:32:00,2.55,17850.0,United Kingdom', 'malformed'],
  ['536391,22423,LAMP,6', 'malformed'],
  ['\u0000\u0001\u0002garbage', 'malformed'],
  [`${line('536365', '85123A', 6, 2.55)},`, 'goods'],
])('makes of the line %j: %s', async (text, becomes) => {
  const { goods, charges, credits, quarantined } = await read([text]);
  const found = [
    ...[...goods, ...credits].map(({ is }) => is),
    ...charges.map(({ is }) => `order ${is}`),
    ...quarantined.map(({ reason }) => reason),
  ];
  expect(found).toEqual([becomes]);
  expect([...goods, ...charges, ...credits, ...quarantined][0]?.line).toBe(2);
});

test('trap 10: 85123a and 85123A are one SKU, in upper case from the intake on', async () => {
  const { plan } = await read([
    line('1', '85123a', 1, 2.55),
    line('2', '85123A', 1, 2.55),
    line('C3', '85123a', -1, 2.55, { at: '2010-12-09 09:32:00' }),
  ]);
  expect(plan.skus.map(({ sku, needed }) => [sku, needed])).toEqual([['85123A', 2n]]);
  expect(plan.returns.map(({ order }) => order.key)).toEqual(['uci-2']);
});

test('trap 11: carriage, discounts, manual entries and lines without a price are no goods', async () => {
  const { plan } = await read([
    line('1', '85123A', 4, 2.5),
    line('1', 'POST', 1, 18),
    line('1', 'D', -1, 5),
    line('1', 'M', 1, 7),
    line('1', '22423', 5, 0),
    line('1', '22423', -5, 0),
    line('C1', 'POST', -1, 18),
  ]);
  expect(plan.skus.map(({ sku }) => sku)).toEqual(['85123A']);
  expect(plan.orders).toMatchObject([
    {
      lines: [{ sku: '85123A' }],
      charges: [
        { is: 'shipping', minor: 1_800 },
        { is: 'discount', minor: 500 },
      ],
    },
  ]);
  expect(plan.quarantined.map(({ reason }) => reason)).toEqual(['not-goods', 'no-price', 'no-price', 'fee']);
});

test('adds up every line once, in exact minor units', async () => {
  const { summary } = await read([
    line('1', 'A1', 3, 1.1),
    line('C1', 'A1', -3, 0.335),
    line('1', 'A1', 2, 'x'),
  ]);
  expect(summary.accepted).toEqual({ orders: 1, lines: 1, minor: 330 });
  expect(summary.quarantined).toEqual({ lines: 2, minor: -101, byReason: { credit: 1, malformed: 1 } });
});

test('reads byte order mark, CRLF, quotes, columns in another order, and Windows-1252', async () => {
  const text = [
    '\uFEFF"Quantity","Country",InvoiceNo,Price,StockCode,"Customer ID",InvoiceDate,Description',
    '6,"United Kingdom",536365,2.55,85123a,13085.0,12/1/2010 8:26,"LAMP, ""BLUE""\r\nAND RED"',
    '',
    '1,France,536366,1,22423,,12/1/2010 8:27,17" FRAME',
  ].join('\r\n');
  const bytes = Buffer.concat([
    Buffer.from(text),
    Buffer.from('\r\n2,F,7,1,X1,1,12/1/2010 8:27,\xa3 LAMP', 'latin1'),
  ]);
  const { goods, quarantined } = await readRetailFile(fileOf(bytes));
  expect(quarantined).toEqual([]);
  expect(goods.map(({ line: at, sku, customer, name }) => [at, sku, customer, name])).toEqual([
    [2, '85123A', '13085', 'LAMP, "BLUE"\nAND RED'],
    [5, '22423', null, '17" FRAME'],
    [6, 'X1', '1', '£ LAMP'],
  ]);
});

test('loses one line alone to a quote that never closes', async () => {
  const good = Array.from({ length: 50 }, (_, i) => line(`${i}`, 'A1', 1, 1));
  const bad = line('9999', 'A1', 1, 1, { name: '"STRAY' });
  const { summary, quarantined } = await read([...good, bad, ...good, bad]);
  expect(summary.accepted.lines).toBe(100);
  expect(quarantined.map(({ line: at, reason }) => [at, reason])).toEqual([
    [52, 'malformed'],
    [103, 'malformed'],
  ]);
});

test('gathers an invoice over the whole file into one order', async () => {
  const { plan } = await read([
    line('1', 'A1', 1, 1, { customer: '', at: '2010-12-01 09:32:00' }),
    line('2', 'A1', 1, 1, { customer: '' }),
    line('1', 'a1', 2, 1.5, { customer: '7.0', at: '2010-12-01 09:33:00' }),
    line('1', 'A1', 1, 1, { customer: '8' }),
  ]);
  expect(
    plan.orders.map(({ key, customerId, orderedAt, lines }) => [key, customerId, orderedAt, lines.length]),
  ).toEqual([
    ['uci-1', 'c-7', '2010-12-01T09:32:00Z', 3],
    ['uci-2', 'c-guest', '2010-12-01T09:32:00Z', 1],
  ]);
  expect(plan.skus).toEqual([{ sku: 'A1', name: 'LAMP', unitMinor: 100, needed: 5n }]);
});

test('splits an invoice that one order cannot hold, under keys no other invoice has', async () => {
  const many = Array.from({ length: 205 }, (_, i) => line('5', `S${i}`, 1, 1));
  const heavy = Array.from({ length: 11 }, () => line('6', 'H', 100_000, 1));
  const dear = Array.from({ length: 100 }, (_, i) => line('7', `D${i}`, 100_000, '9999999.99'));
  const { plan, summary } = await read([...many, line('5-2', 'A1', 1, 1), ...heavy, ...dear]);
  expect(plan.orders.map(({ key, lines }) => [key, lines.length])).toEqual([
    ['uci-5', 100],
    ['uci-5-3', 100],
    ['uci-5-4', 5],
    ['uci-5-2', 1],
    ['uci-6', 10],
    ['uci-6-2', 1],
    ['uci-7', 90],
    ['uci-7-2', 10],
  ]);
  expect(summary.accepted.lines).toBe(317);
});

test('counts the lines of a refused order as quarantined with the problem code, and those beyond a limit apart', async () => {
  const file = await read([line('1', 'A1', 1, 1), line('2', 'A1', 2, 1), line('3', 'A1', 3, 1)]);
  const plan = planOrders(file, 2);
  const [, second] = plan.orders;
  if (!second) throw new Error('two orders expected');
  const { summary, refusals } = summarize(plan, doneOf(plan, new Map([[second, 'amount-out-of-range']])));
  expect(summary).toMatchObject({
    orders: 1,
    accepted: { orders: 1, lines: 1, minor: 100 },
    quarantined: { lines: 1, minor: 200, byReason: { 'amount-out-of-range': 1 } },
    replayed: 0,
    left: { lines: 1, minor: 300 },
  });
  expect(refusals).toEqual([{ line: 3, reason: 'amount-out-of-range', detail: 'refused with uci-2' }]);
});

test('gives a product a name that is text and never empty', async () => {
  const { plan } = await read([
    line('1', 'A1', 1, 1, { name: '' }),
    line('1', 'A1', 1, 2, { name: 'X'.repeat(200) }),
    line('1', 'A2', 1, 1, { name: '  ' }),
    line('1', 'A3', 1, 1, { name: 'LAMP \u202Edekcah\u0007' }),
  ]);
  expect(plan.skus.map(({ sku, name, unitMinor }) => [sku, name, unitMinor])).toEqual([
    ['A1', 'X'.repeat(128), 100],
    ['A2', 'A2', 100],
    ['A3', 'LAMP  dekcah', 100],
  ]);
});

test('takes a header alone for a file without lines', async () => {
  const { summary } = await read([]);
  expect(summary.accepted).toEqual({ orders: 0, lines: 0, minor: 0 });
});

test.each([
  ['', /is empty/],
  ['\n\n', /is empty/],
  ['InvoiceNo,Description,UnitPrice\n1,LAMP,2\n', /lacks the columns StockCode, Quantity, InvoiceDate/],
  [Buffer.from([0, 1, 2, 255, 254]), /lacks the columns/],
  [
    'InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,Country\r1,2,3,4,5,6\r',
    /ends its lines with CR alone/,
  ],
])('refuses a file of %j', async (content, reason) => {
  const reading = readRetailFile(fileOf(content));
  await expect(reading).rejects.toThrow(ReplayFileError);
  await expect(reading).rejects.toThrow(reason);
});

test('refuses a file that is not there, by name', async () => {
  await expect(readRetailFile(path.join(folder, 'absent.csv'))).rejects.toThrow(/cannot read .*absent\.csv/);
});
