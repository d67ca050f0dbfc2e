import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { type CrashPlan, parseCrashPlan } from './crash-points.ts';

/** The repository's root: relative paths in the configuration start here, wherever the command was typed. */
export const repositoryRoot = path.resolve(import.meta.dirname, '../..');

interface Variable<T> {
  /** Parses the text of one variable; the first issue's message is never shown, `wanted` is. */
  readonly schema: z.ZodType<T, string>;
  readonly wanted: string;
  readonly example: string;
  readonly help: string;
  /** Absent: the variable must be given. */
  readonly fallback?: string;
  /** The default is another one in each process: documents show the example instead. */
  readonly fallbackVaries?: true;
  /** For chaos runs: a fault unless every broker is on this machine. */
  readonly localOnly?: true;
  /** May come from a file named by `MILLRACE_<NAME>_FILE`; never printed. */
  readonly secret?: true;
}

const variable = <T>(of: Variable<T>): Variable<T> => of;

const whole = (help: string, fallback: number, min: number, max: number): Variable<number> => ({
  schema: z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((n) => n >= min && n <= max),
  wanted: `a whole number from ${min} to ${max}`,
  example: String(fallback),
  fallback: String(fallback),
  help,
});

const url = (help: string, fallback: string, protocols: readonly string[]): Variable<string> => ({
  schema: z
    .string()
    .refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol))
    .refine((text) => new URL(text).username === '' && new URL(text).password === '')
    .transform((text) => text.replace(/\/$/, '')),
  wanted: `a URL without user or password that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  example: fallback,
  fallback,
  help,
});

const flag = (help: string): Variable<boolean> => ({
  schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
  wanted: 'true or false',
  example: 'true',
  fallback: 'false',
  help,
});

const secret = (help: string): Variable<string> => ({
  schema: z.string().min(16),
  wanted: 'at least 16 characters of random text',
  example: 'the output of: openssl rand -hex 32',
  help,
  secret: true,
});

/** Empty = the link takes anybody who reaches it. */
const user = (of: string): Variable<string> => ({
  schema: z.string().regex(/^[\w.@-]{0,100}$/),
  wanted: 'nothing, or a user name of letters, digits, dots, dashes',
  example: 'millrace-orders',
  fallback: '',
  help: `User at ${of}; nothing = none is named`,
});

const password = (of: string): Variable<string> => ({
  schema: z.string().regex(/^[^\p{Cc}]{0,200}$/u),
  wanted: 'nothing, or at most 200 characters without controls',
  example: 'the output of: openssl rand -hex 32',
  fallback: '',
  help: `Password of that user at ${of}`,
  secret: true,
});

const pem = (help: string, kind: string): Variable<string> => ({
  schema: z
    .string()
    .refine((text) => text === '' || new RegExp(`^-----BEGIN [A-Z ]*${kind}-----`, 'm').test(text)),
  wanted: `nothing, or a ${kind.toLowerCase()} in PEM`,
  example: `-----BEGIN ${kind}----- …, most often by the variable's _FILE`,
  fallback: '',
  help,
  secret: true,
});

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false; // the constructor's RangeError is the platform's only "no such zone"
  }
};

const minute = 60_000;
const day = 86_400_000;

/** Every variable, without its prefix `MILLRACE_`. Units stand last in a name; a field of `Config` is the name in camelCase. */
export const variables = {
  KAFKA_BROKERS: variable<readonly string[]>({
    schema: z
      .string()
      .transform((text) => text.split(',').map((broker) => broker.trim()))
      .refine((brokers) => brokers.every((broker) => /^(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}$/.test(broker))),
    wanted: 'host:port, several divided by commas',
    example: 'kafka-1:9092,kafka-2:9092',
    fallback: '127.0.0.1:9092',
    help: 'Kafka bootstrap brokers',
  }),
  KAFKA_TLS: flag('Kafka is spoken to over TLS (authorities beside the system’s: NODE_EXTRA_CA_CERTS)'),
  KAFKA_USERNAME: user('Kafka (SASL, SCRAM-SHA-512)'),
  KAFKA_PASSWORD: password('Kafka'),
  REGISTRY_URL: url('Schema registry, Confluent API', 'http://127.0.0.1:8081/apis/ccompat/v7', [
    'http:',
    'https:',
  ]),
  REGISTRY_USERNAME: user('the schema registry (HTTP Basic)'),
  REGISTRY_PASSWORD: password('the schema registry'),
  REDIS_URL: url('Redis 7 or newer, one primary; not Redis Cluster', 'redis://127.0.0.1:6379', [
    'redis:',
    'rediss:',
  ]),
  REDIS_USERNAME: user('Redis'),
  REDIS_PASSWORD: password('Redis'),
  CLICKHOUSE_URL: url('ClickHouse HTTP interface', 'http://127.0.0.1:8123', ['http:', 'https:']),
  CLICKHOUSE_DATABASE: variable({
    schema: z.string().regex(/^[A-Za-z_]\w{0,62}$/),
    wanted: 'a database name: letters, digits, underscore',
    example: 'millrace',
    fallback: 'millrace',
    help: 'ClickHouse database',
  }),
  CLICKHOUSE_USERNAME: user('ClickHouse'),
  CLICKHOUSE_PASSWORD: password('ClickHouse'),
  PSP_URL: url('Payment provider (locally the simulator)', 'http://127.0.0.1:8090', ['http:', 'https:']),
  PSP: variable<'simulator' | 'stripe'>({
    schema: z.enum(['simulator', 'stripe']),
    wanted: 'simulator or stripe',
    example: 'simulator',
    fallback: 'simulator',
    help: 'Which adapter speaks with the payment provider',
  }),
  STRIPE_URL: url('API of Stripe, where MILLRACE_PSP is stripe', 'https://api.stripe.com', [
    'http:',
    'https:',
  ]),
  PSP_FAULTS: variable({
    schema: z.string().regex(/^([\w-]+:(0(\.\d+)?|1)(,[\w-]+:(0(\.\d+)?|1))*)?$/),
    wanted: 'fault:share, several divided by commas, shares from 0 to 1',
    example: 'lost-reply:0.05,429:0.01',
    fallback: '',
    help: 'Faults of the simulator provider, drawn from its seed and the id of each operation',
  }),
  PSP_WEBHOOK_URL: variable<string | null>({
    schema: z
      .string()
      .refine(
        (text) =>
          text === '' || /^https?:$/.test(URL.parse(text.replace('{store}', 'store'))?.protocol ?? ''),
      )
      .transform((text) => (text === '' ? null : text)),
    wanted: 'nothing, or an http or https URL in which {store} stands for the store',
    example: 'http://127.0.0.1:8080/v1/webhooks/fake/{store}',
    fallback: '',
    help: 'Where the simulator provider delivers webhooks; nothing = it delivers none',
  }),
  HTTP_HOST: variable({
    schema: z.string().regex(/^[\w.:-]+$/),
    wanted: 'an address to listen on',
    example: '127.0.0.1',
    fallback: '127.0.0.1',
    help: 'Address the API listens on',
  }),
  HTTP_PORT: whole('Port of the API and the dashboard', 8080, 0, 65_535),
  HTTP_PORT_SHARED: flag(
    'Several processes of the API listen on one port, and the system shares out connections (Linux)',
  ),
  HTTP_TLS_CERTIFICATE: pem(
    'Certificate chain of the API: with its key, the API speaks HTTPS alone',
    'CERTIFICATE',
  ),
  HTTP_TLS_KEY: pem('Private key of that certificate', 'PRIVATE KEY'),
  METRICS_PORT: whole('Port of /livez /readyz /metrics, 0 = a free one', 0, 0, 65_535),
  PARTITIONS: whole('Partitions of every topic, fixed at creation', 4, 1, 1_000),
  SLICE_RECORDS_MAX: whole('Commands decided in one slice', 500, 1, 1_000),
  SNAPSHOT_EVENTS: whole(
    'Events of a partition between two snapshots of its processor, 0 = none are taken',
    50_000,
    0,
    10_000_000,
  ),
  FETCH_WAIT_MS: whole(
    'How long processors, payments and views gather records: each hop of an order waits up to so long, and costs the less CPU',
    20,
    1,
    100,
  ),
  FLUSH_INTERVAL_MS: whole('ClickHouse block boundary by time', 2_000, 100, 10 * minute),
  BLOCK_ROWS_MAX: whole('ClickHouse block boundary by rows', 50_000, 1, 1_000_000),
  HOLD_TTL_MS: whole('How long stock is held for an order', 15 * minute, 1_000, day),
  DECIDE_BY_MS: whole(
    'How long an authorization may be unknown; then it is voided and its order expires',
    120 * minute,
    1_000,
    30 * day,
  ),
  PSP_TIMEOUT_MS: whole('After this a provider call is unknown', 20_000, 100, 2 * minute),
  STORE_TIME_ZONE: variable({
    schema: z.string().refine(isTimeZone),
    wanted: 'an IANA time zone',
    example: 'Europe/London',
    fallback: 'Europe/London',
    help: "The demo store's time zone",
  }),
  STORE_CURRENCY: variable({
    schema: z.string().refine((code) => Intl.supportedValuesOf('currency').includes(code)),
    wanted: 'an ISO 4217 code in capitals',
    example: 'GBP',
    fallback: 'GBP',
    help: "The demo store's currency",
  }),
  FINGERPRINT_SECRET: secret('Keys the fingerprint of a request body'),
  CURSOR_SECRET: secret('Signs list cursors'),
  QUOTE_SECRETS: variable<readonly string[]>({
    schema: z
      .string()
      .transform((text) => text.split(',').filter((one) => one !== ''))
      .refine((secrets) => secrets.every((one) => one.length >= 16)),
    wanted: 'secrets of at least 16 characters, divided by commas',
    example: 'the new one,the one before it',
    fallback: '',
    help: 'Sign quotes: the first signs, all are honoured, so that one can be replaced; empty = CURSOR_SECRET',
    secret: true,
  }),
  PSP_SECRET: secret('Signs calls to and webhooks of the provider'),
  PSP_WEBHOOK_SECRETS: variable<readonly string[]>({
    schema: z
      .string()
      .transform((text) => (text === '' ? [] : text.split(',')))
      .refine((secrets) => secrets.length <= 2 && secrets.every((one) => one.length >= 16)),
    wanted: 'one secret of at least 16 characters, or two divided by a comma while they are rotated',
    example: 'the output of: openssl rand -hex 32',
    fallback: '',
    help: 'Sign webhooks of the provider. Default, of the simulator alone: MILLRACE_PSP_SECRET',
    secret: true,
  }),
  STRIPE_KEY: variable({
    schema: z.string().regex(/^((sk|rk)_\w{8,250})?$/),
    wanted: 'nothing, or a secret or restricted key of Stripe',
    example: 'sk_test_ and what Stripe gave you',
    fallback: '',
    help: 'Key of the Stripe account, where MILLRACE_PSP is stripe',
    secret: true,
  }),
  CUSTOMER_KEY_SECRET: secret('Encrypts the keys of personal fields'),
  SHOP_KEY: variable({
    schema: z.string().regex(/^(mr_(live|test)_[0-9a-f]{16}_[\w-]{49})?$/),
    wanted: 'nothing, or a key of the store that the demo shop sells for',
    example: 'mr_test_ and what `millrace keys create --scopes orders:read,orders:write` printed',
    fallback: '',
    help: 'Opens the demo shop at /shop: whoever reaches the API may order there, under a name of his own, with the test tokens. Only where MILLRACE_PSP is simulator',
    secret: true,
  }),
  RATE_LIMIT_PER_SECOND: whole(
    'Requests a second for each API key in one API process, 0 = off',
    100,
    0,
    1_000_000,
  ),
  STORE_RATE_LIMIT_PER_SECOND: whole(
    'Requests a second for all keys of a store in one API process, 0 = off',
    1_000,
    0,
    1_000_000,
  ),
  CORS_ORIGINS: variable<readonly string[]>({
    schema: z
      .string()
      .transform((text) => (text === '' ? [] : text.split(',').map((one) => one.trim())))
      .refine((origins) => origins.every((one) => URL.parse(one)?.origin === one)),
    wanted: 'nothing, or exact origins divided by commas, each with its scheme and no path',
    example: 'https://shop.example,http://localhost:3000',
    fallback: '',
    help: 'Pages of these origins may call the API with a key of their own; the dashboard’s cookie is never for them',
  }),
  SCHEDULED_REPORTS: variable<string | null>({
    schema: z.string().transform((file) => (file === '' ? null : path.resolve(repositoryRoot, file))),
    wanted: 'nothing, or the name of a JSON file',
    example: '/etc/millrace/reports.json',
    fallback: '',
    help: 'Reports that `millrace reports run` writes as CSV files, each when it is due',
  }),
  SHUTDOWN_TIMEOUT_MS: whole('Grace between SIGTERM and SIGKILL', 10_000, 100, 10 * minute),
  SESSION_TIMEOUT_MS: whole('Kafka consumer session time-out', 6_000, 1_000, 5 * minute),
  LOG_LEVEL: variable({
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    wanted: 'trace, debug, info, warn, error, fatal or silent',
    example: 'info',
    fallback: 'info',
    help: 'Least severe log line that is written',
  }),
  INSTANCE_ID: variable({
    schema: z.string().regex(/^[\w.-]{1,100}$/),
    wanted: '1 to 100 letters, digits, dots, dashes',
    example: 'orders-1',
    fallback: `${os
      .hostname()
      .replaceAll(/[^\w.-]/g, '-')
      .slice(0, 80)}-${process.pid}`,
    fallbackVaries: true,
    help: 'Name of this process slot; constant over restarts. Default: host and process id',
  }),
  CRASH_AT: variable<CrashPlan | null>({
    schema: z
      .string()
      .refine((text) => text === '' || parseCrashPlan(text) !== undefined)
      .transform((text) => parseCrashPlan(text) ?? null),
    wanted: 'nothing, or the crash point of a chaos run as name:nth or name:nth:stop',
    example: 'runtime.after-append:3',
    fallback: '',
    help: 'Where this process kills or stops itself; refused unless all brokers are on this machine',
    localOnly: true,
  }),
  KAFKA_VIA: variable<string | null>({
    schema: z
      .string()
      .regex(/^([\w.-]+:\d{1,5})?$/)
      .transform((text) => (text === '' ? null : text)),
    wanted: 'nothing, or the host:port of a fault proxy',
    example: '127.0.0.1:19092',
    fallback: '',
    help: 'Where all Kafka connections go, whatever the broker advertises; refused unless all brokers are on this machine',
    localOnly: true,
  }),
  DATA_DIR: variable({
    schema: z
      .string()
      .min(1)
      .transform((dir) => path.resolve(repositoryRoot, dir)),
    wanted: 'a folder',
    example: '.millrace',
    fallback: '.millrace',
    help: "Data of the local stack; a relative path starts at the repository's root",
  }),
};

export type VariableName = keyof typeof variables;

type Camel<S extends string> = S extends `${infer Head}_${infer Rest}`
  ? `${Lowercase<Head>}${Capitalize<Camel<Rest>>}`
  : Lowercase<S>;

/** The complete, checked configuration: a field for each variable, camelCase. */
export type Config = {
  readonly [Name in VariableName as Camel<Name>]: z.output<(typeof variables)[Name]['schema']>;
};

export const variableNames = Object.keys(variables) as readonly VariableName[];

export const variablePrefix = 'MILLRACE_';

/** `SLICE_RECORDS_MAX` -> `sliceRecordsMax`. */
export const toFieldName = (name: string): string =>
  name.toLowerCase().replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
