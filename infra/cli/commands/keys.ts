import { type Command, InvalidArgumentError, Option } from 'commander';
import { pino } from 'pino';
import { type Scope, scopes } from '../../../schemas/api-key.ts';
import { operatorActor } from '../../../schemas/audit-chain.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { createKey } from '../../keys/create-key.ts';
import { KeyRefused, type KeyRefusal } from '../../keys/key-refused.ts';
import { type KeyAccess, openKeys } from '../../keys/open-keys.ts';
import { revokeKey } from '../../keys/revoke-key.ts';
import { stateOf, storeKeysOf } from '../../keys/store-keys.ts';
import { CliError, sourceUnavailable } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { operatorName } from '../operator-name.ts';
import { createOutput, type Output, table } from '../output.ts';
import { wholeNumber } from '../whole-number.ts';

const refusalExits: Readonly<Record<KeyRefusal, number>> = {
  'no-such-store': exitCodes.notFound,
  'no-such-key': exitCodes.notFound,
  'too-many-keys': exitCodes.conflict,
  'reserved-label': exitCodes.invalid,
  'already-over': exitCodes.invalid,
};

/** Runs a command on the configuration's stores and keys; its errors become the CLI's. */
async function withKeys(
  options: CommonOptions,
  run: (access: KeyAccess, out: Output) => Promise<void>,
): Promise<void> {
  const config = await cliConfig(options.set);
  let access: Awaited<ReturnType<typeof openKeys>> | null = null;
  try {
    access = await openKeys(config, pino({ level: 'silent' }), operatorActor(operatorName()));
    await run(access, createOutput(options));
  } catch (error) {
    if (!(error instanceof KeyRefused)) throw sourceUnavailable(error);
    const next = 'npx millrace keys list';
    throw new CliError(error.message, { code: error.code, exitCode: refusalExits[error.code], next });
  } finally {
    await access?.close();
  }
}

interface CreateOptions extends CommonOptions {
  readonly store: string;
  readonly scopes: readonly Scope[];
  readonly label: string;
  readonly expires?: number;
  readonly dailyQuota?: number;
  readonly live?: boolean;
}

const runCreate = (options: CreateOptions): Promise<void> =>
  withKeys(options, async (access, out) => {
    const { store, scopes: wanted, label, expires = null, dailyQuota = null, live } = options;
    const kind = live ? 'live' : 'test';
    const wish = { store, scopes: wanted, label, kind, expiresAtMs: expires, dailyQuota } as const;
    const made = await createKey(access, wish);
    const { expiresAtMs, ...key } = made;
    out.data({ ...key, expires: timeText(expiresAtMs) }, made.text);
    out.say(
      `Key ${made.keyId} of ${label} in ${store}. Its text is shown this once and kept nowhere: put it where your secrets are.`,
    );
  });

interface ListOptions extends CommonOptions {
  readonly store?: string;
}

const runList = (options: ListOptions): Promise<void> =>
  withKeys(options, async (access, out) => {
    const nowMs = access.nowMs();
    const keys = storeKeysOf(await access.read())
      .filter(({ store }) => options.store === undefined || store === options.store)
      .map((key) => ({
        keyId: key.keyId,
        store: key.store,
        label: key.label,
        state: stateOf(key, nowMs),
        scopes: key.scopes,
        created: timeText(key.createdAtMs),
        expires: timeText(key.expiresAtMs),
        dailyQuota: key.dailyQuota,
        revoked: timeText(key.revoked?.atMs ?? null),
        reason: key.revoked?.reason ?? null,
      }));
    const head = ['key', 'store', 'label', 'state', 'created', 'expires', 'a day', 'scopes'];
    const rows = keys.map((key) => [
      key.keyId,
      key.store,
      key.label ?? '-',
      key.state,
      key.created ?? '-',
      key.expires ?? '-',
      key.dailyQuota === null ? '-' : String(key.dailyQuota),
      key.scopes.join(' ') || '-',
    ]);
    out.data({ keys }, keys.length === 0 ? 'There is no key.' : table([head, ...rows]));
  });

interface RevokeOptions extends CommonOptions {
  readonly reason: string;
}

const runRevoke = (keyId: string, options: RevokeOptions): Promise<void> =>
  withKeys(options, async (access, out) => {
    const { store, label, revoked } = await revokeKey(access, keyId, options.reason);
    const reason = revoked?.reason ?? options.reason;
    out.data(
      { keyId, store, label, reason, before: revoked !== null },
      revoked
        ? `Key ${keyId} was revoked before: ${reason}.`
        : `Key ${keyId} is revoked for ever; within 5 s every API process refuses it and ends its streams.`,
    );
  });

const timeText = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** An instant, or so long from now: epoch ms. */
function parseExpiry(text: string): number {
  const [, count, unit] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Date.now() + Number(count) * (unitMs[unit] ?? 0);
  const atMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw new InvalidArgumentError('wanted an instant such as 2027-01-31T00:00:00Z, or 30m, 12h, 90d.');
}

function parseScopes(text: string): readonly Scope[] {
  const asked = [...new Set(text.split(','))];
  const known: readonly string[] = scopes;
  const unknown = asked.filter((scope) => !known.includes(scope));
  if (unknown.length > 0) throw new InvalidArgumentError(`no such scope; there are ${scopes.join(', ')}.`);
  return asked as readonly Scope[];
}

/** A word or a few, without control characters: it stands in the log for ever. */
const plainText =
  (max: number) =>
  (text: string): string => {
    if (/^[\w.:;,#()/+-][\w .:;,#()/+-]*$/.test(text) && text.length <= max) return text;
    throw new InvalidArgumentError(`wanted 1 to ${max} of A-Z a-z 0-9 _ . : ; , # ( ) / + - and blanks.`);
  };

/** `millrace keys create | list | revoke`: who may call the API. */
export function register(program: Command): void {
  const keys = program.command('keys').description('API keys: who may call, and as what');
  withCommonOptions(keys.command('create'))
    .description(
      'make a key and print its text, once; a client (a label of a store) has two live ones at most',
    )
    .requiredOption('--store <store>', 'whose it is')
    .requiredOption('--scopes <list>', `comma separated: ${scopes.join(', ')}`, parseScopes)
    .option('--label <client>', 'which client it is for', plainText(64), 'default')
    .option(
      '--expires <when>',
      'an instant, or so long from now: 30m, 12h, 90d; never by default',
      parseExpiry,
    )
    .option(
      '--daily-quota <commands>',
      'commands it may send on one UTC day; as many as its store by default',
      wholeNumber(1, 1_000_000_000),
    )
    .addOption(new Option('--test', 'its text begins with mr_test_, as by default').conflicts('live'))
    .option('--live', 'its text begins with mr_live_')
    .action(runCreate);
  withCommonOptions(keys.command('list'))
    .description('every key with its client, scopes and state; no text and no digest')
    .option('--store <store>', 'of this store alone')
    .action(runList);
  withCommonOptions(keys.command('revoke'))
    .description('revoke a key for ever; every API process refuses it within 5 s')
    .argument('<keyId>', 'as keys list shows it')
    .requiredOption('--reason <text>', 'why; stands in the log', plainText(200))
    .action(runRevoke);
}
