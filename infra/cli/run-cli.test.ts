import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { CliError } from './cli-error.ts';
import { commands } from './commands.ts';
import { logFilesOf } from './commands/logs.ts';
import { withCommonOptions } from './common-options.ts';
import { table } from './output.ts';
import { runCli } from './run-cli.ts';
import { welcomeText } from './welcome.ts';

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

/** Runs a command line and catches what it writes. */
async function run(argv: readonly string[], modules = commands) {
  const text = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => ((text.out += String(chunk)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => ((text.err += String(chunk)), true));
  const code = await runCli(modules, argv);
  vi.restoreAllMocks();
  return { code, ...text };
}

test('every unknown flag is named at once, exit 2', async () => {
  const { code, out, err } = await run(['status', '--frob', '--json', '--x=1', '-z']);
  expect([code, out]).toEqual([2, '']);
  expect(JSON.parse(err)).toEqual({
    code: 'usage',
    message: 'unknown flags: --frob, --x, -z',
    next: 'npx millrace --help',
  });
});

test.each([
  ['an unknown command', ['frobnicate'], "unknown command 'frobnicate'"],
  ['a variable that nobody reads', ['up', '--set', 'PORTT=1'], 'wanted NAME=value with a NAME'],
  ['a flag without its value', ['logs', '--lines'], 'argument missing'],
  ['a value of the wrong kind', ['logs', '--lines', 'many'], 'whole number of lines'],
  ['a word too many', ['down', 'now'], 'too many arguments'],
])('%s is a usage error, exit 2, in one line', async (_, argv, message) => {
  const { code, err } = await run(argv);
  expect([code, err.split('\n')[0]]).toEqual([2, expect.stringContaining(message)]);
});

test.each([
  [['receive', 'MUG', '--quantity', '5'], { type: 'receive', quantity: 5, reason: 'delivery' }],
  [
    ['adjust', 'MUG', '--quantity', '-2', '--reason', 'correction', '--corrects', 'M1'],
    { type: 'adjust', quantity: -2, reason: 'correction', corrects: 'M1' },
  ],
  [['halt', 'MUG', '--reason', 'recall'], { type: 'halt', reason: 'recall' }],
  [['resume', 'MUG'], { type: 'resume', reason: 'resume' }],
  [['limit', 'MUG', '--per-customer', '2'], { type: 'limit', perCustomer: 2, reason: 'limit' }],
  [['limit', 'MUG', '--per-customer', 'none'], { type: 'limit', perCustomer: null, reason: 'limit' }],
])('stock %j --dry-run says what it would send', async (argv, body) => {
  const { code, out } = await run(['stock', ...argv, '--dry-run', '--json']);
  expect([code, JSON.parse(out)]).toEqual([0, { method: 'POST', path: '/v1/stock/MUG/movements', body }]);
});

test.each([
  ['adjust', 'MUG', '--quantity', '0', '--reason', 'lost'],
  ['adjust', 'MUG', '--quantity', '1.5', '--reason', 'lost'],
  ['adjust', 'MUG', '--quantity', '1', '--reason', 'gift'],
  ['receive', 'MUG', '--quantity', '-1'],
  ['receive', 'MUG'],
  ['limit', 'MUG', '--per-customer', 'all'],
])('stock %s %s %s %s is a usage error', async (...argv) => {
  expect(await run(['stock', ...argv, '--dry-run'])).toMatchObject({ code: 2, out: '' });
});

test.each([
  [
    ['orders', 'create', '--customer', 'c-1', '--sku', '85123A=6'],
    'POST',
    '/v1/orders',
    {
      customerId: 'c-1',
      currency: 'GBP',
      lines: [{ sku: '85123A', quantity: 6 }],
      paymentToken: 'tok_ok',
    },
  ],
  [['orders', 'cancel', 'o-1'], 'POST', '/v1/orders/o-1/cancel', {}],
  [
    ['orders', 'cancel', 'o-1', '--line', '2=1', '--sku', '71053=3', '--reason', 'late'],
    'POST',
    '/v1/orders/o-1/cancel',
    {
      lines: [
        { line: 2, quantity: 1 },
        { sku: '71053', quantity: 3 },
      ],
      reason: 'late',
    },
  ],
  [
    ['orders', 'ship', 'o-1', '--carrier', 'dhl', '--tracking', 'T1'],
    'POST',
    '/v1/orders/o-1/shipments',
    { carrier: 'dhl', trackingRef: 'T1' },
  ],
  [['orders', 'deliver', 'o-1'], 'POST', '/v1/orders/o-1/deliveries', {}],
  [
    ['orders', 'return', 'o-1', '--line', '1=1'],
    'POST',
    '/v1/orders/o-1/returns',
    { lines: [{ line: 1, quantity: 1 }] },
  ],
  [
    ['orders', 'receive', 'o-1', 'R1', '--restock'],
    'POST',
    '/v1/orders/o-1/returns/R1/receipt',
    { restock: true },
  ],
  [
    ['orders', 'refund', 'o-1', '--amount', '250', '--currency', 'GBP'],
    'POST',
    '/v1/orders/o-1/refunds',
    { amountMinor: 250, currency: 'GBP' },
  ],
  [
    ['catalogue', 'put', 'MUG', '--name', 'A mug', '--price', 'GBP=500', '--price', 'JPY=900'],
    'PUT',
    '/v1/catalogue/MUG',
    {
      name: 'A mug',
      prices: [
        { currency: 'GBP', unitPriceMinor: 500 },
        { currency: 'JPY', unitPriceMinor: 900 },
      ],
    },
  ],
])('%j --dry-run says what it would send', async (argv, method, path, body) => {
  const { code, out } = await run([...argv, '--dry-run', '--json']);
  expect([code, JSON.parse(out)]).toEqual([0, { method, path, body }]);
});

test.each([
  ['orders', 'create', '--customer', 'c-1'],
  ['orders', 'create', '--customer', 'c-1', '--sku', '85123A'],
  ['orders', 'cancel', 'o-1', '--line', 'MUG=1'],
  ['orders', 'refund', 'o-1', '--amount', '2.50'],
  ['orders', 'receive', 'o-1', 'R1', '--condition', 'lost'],
  ['payments', 'resolve', 'o-1', 'capture:1', '--as', 'maybe', '--reason', 'x', '--evidence', 'y'],
  ['payments', 'resolve', 'o-1', 'capture:1', '--as', 'done'],
  ['catalogue', 'put', 'MUG', '--name', 'x', '--price', 'GBP=5.00'],
])('%s %s %s is a usage error', async (...argv) => {
  expect(await run(argv)).toMatchObject({ code: 2, out: '' });
});

test('no command at all shows the help, exit 2; --help is no error', async () => {
  expect(await run([])).toMatchObject({ code: 2, out: expect.stringContaining('Usage: millrace') });
  expect(await run(['up', '--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--json') });
});

test('a noun without its verb shows its help, exit 2', async () => {
  expect(await run(['orders'])).toMatchObject({ code: 2, err: expect.stringContaining('watch') });
});

test('--version is that of the package', async () => {
  expect(await run(['--version'])).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
  });
});

test('verify without a stack says so, and asks for no secret', async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'no-stack-'));
  const { code, err } = await run(['verify', '--set', `DATA_DIR=${dataDir}`]);
  expect([code, err]).toEqual([69, 'stack-not-running: No local stack runs.\n  next: npx millrace up\n']);
});

test('every command takes the common flags', async () => {
  for (const name of ['start', 'up', 'status', 'logs', 'doctor', 'down', 'config']) {
    const { out } = await run([name, '--help']);
    for (const flag of ['--json', '--quiet', '--no-color', '--set'])
      expect([name, out.includes(flag)]).toEqual([name, true]);
  }
});

test('a failure is code, cause and next command; under --json the same as an object; a bug keeps its stack', async () => {
  const failing = (error: Error) => [
    {
      register: (program: Parameters<typeof withCommonOptions>[0]) =>
        void withCommonOptions(program.command('go')).action(() => {
          throw error;
        }),
    },
  ];
  const cause = new CliError('No such order.', {
    code: 'not-found',
    exitCode: 3,
    next: 'npx millrace orders list',
    requestId: 'r-1',
  });
  expect(await run(['go'], failing(cause))).toEqual({
    code: 3,
    out: '',
    err: 'not-found: No such order.\n  request: r-1\n  next: npx millrace orders list\n',
  });
  const asJson = await run(['go', '--json'], failing(cause));
  expect(JSON.parse(asJson.err)).toEqual({
    code: 'not-found',
    message: 'No such order.',
    next: 'npx millrace orders list',
    requestId: 'r-1',
  });
  expect(await run(['go'], failing(new TypeError('x is not a function')))).toMatchObject({
    code: 1,
    err: expect.stringMatching(/bug: TypeError: x is not[\s\S]*at /),
  });
});

test('config --schema names every variable, and config shows no secret', async () => {
  const schema = JSON.parse((await run(['config', '--schema', '--json'])).out);
  expect(schema).toContainEqual(
    expect.objectContaining({ name: 'MILLRACE_PARTITIONS', wanted: 'a whole number from 1 to 1000' }),
  );
  const secret = 'k'.repeat(40);
  const { code, out } = await run(['config', '--set', `CURSOR_SECRET=${secret}`, '--set', 'HTTP_PORT=9']);
  expect(code).toBe(0);
  expect(out).toMatch(/MILLRACE_HTTP_PORT +9 +flag/);
  expect(out).not.toContain(secret);
});

test('broken configuration is exit 78 with every fault', async () => {
  const { code, err } = await run(['status', '--set', 'HTTP_PORT=x', '--set', 'PARTITIONS=0']);
  expect([code, err.match(/MILLRACE_\w+: got/g)]).toEqual([
    78,
    ['MILLRACE_HTTP_PORT: got', 'MILLRACE_PARTITIONS: got'],
  ]);
});

test('logs of a role are those of all its slots', () => {
  const names = ['stock-1.log', 'stock-2.log', 'kafka.log', 'stock-1.log.1', 'launcher.log'];
  expect(logFilesOf(names, 'stock')).toEqual(['stock-1', 'stock-2']);
  expect(logFilesOf(names, 'stock-2')).toEqual(['stock-2']);
  expect(logFilesOf(names, undefined)).toEqual(['kafka', 'launcher', 'stock-1', 'stock-2']);
});

test('the welcome holds dashboard, API, docs, a key and a curl that can be pasted', () => {
  const api = 'http://127.0.0.1:8080';
  const keys = { full: 'mr_test_f', analyst: 'mr_test_a', ops: 'mr_test_o' };
  const text = welcomeText({
    api,
    dashboard: `${api}/`,
    docs: `${api}/docs`,
    keys,
    kafka: '',
    registry: '',
    redis: '',
    clickhouse: '',
    dataDir: '/d',
  });
  expect(text).toContain(`curl -i ${api}/v1/orders --oauth2-bearer mr_test_f -H 'Idempotency-Key: cart-42'`);
  const body = /--json '([^']+)'/.exec(text)?.[1] ?? '';
  expect(JSON.parse(body)).toEqual({
    customerId: 'c-17850',
    currency: 'GBP',
    lines: [{ sku: '85123A', quantity: 6 }],
    paymentToken: 'tok_ok',
  });
  expect(
    table([
      ['a', 'b'],
      ['long', 'c'],
    ]),
  ).toBe('a     b\nlong  c');
});
