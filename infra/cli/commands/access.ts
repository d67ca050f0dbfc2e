import { type Command, InvalidArgumentError } from 'commander';
import { pino } from 'pino';
import { auditTopic } from '../../../schemas/topic-catalogue.ts';
import { applyKafkaAcls, compareKafkaAcls } from '../../access/apply-kafka-acls.ts';
import { clickhouseUsersFile } from '../../access/clickhouse-users.ts';
import { kafkaAclCommands, kafkaBindings } from '../../access/kafka-bindings.ts';
import { redisUsersFile } from '../../access/redis-users.ts';
import { engineUsers, makeSecrets, SecretMissing } from '../../access/secrets-folder.ts';
import { aclEntryOf, aclText, createAclAdmin } from '../../clients/kafkajs/acl-admin.ts';
import { createTopicAdmin } from '../../clients/kafkajs/topic-admin.ts';
import { kafkaLink } from '../../clients/links.ts';
import type { Config } from '../../config/config.ts';
import { exitCodes } from '../../config/exit-codes.ts';
import { variables } from '../../config/variables.ts';
import { announceFirst } from '../announce-first.ts';
import { CliError, sourceUnavailable } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { createOutput } from '../output.ts';

interface SecretsOptions extends CommonOptions {
  readonly analystOf: readonly string[];
}

function runSecrets(folder: string, options: SecretsOptions): void {
  const made = makeSecrets(folder, options.analystOf);
  const all = engineUsers(folder, options.analystOf);
  createOutput(options).data(
    { made: made.map(({ file }) => file), users: all },
    `${made.length} passwords made, ${all.length - made.length} were there: <user>.<engine> in ${folder}, readable by you alone.`,
  );
}

function runKafka(options: CommonOptions): void {
  createOutput(options).data({ bindings: kafkaBindings }, kafkaAclCommands());
}

interface FileOptions extends SecretsOptions {
  readonly secrets: string;
  readonly database: string;
}

/** Prints a file that is made of passwords; one that is missing becomes the CLI's error. */
function printFile(options: CommonOptions, make: () => string): void {
  try {
    const text = make();
    createOutput(options).data({ text }, text.trimEnd());
  } catch (error) {
    if (!(error instanceof SecretMissing)) throw error;
    throw new CliError(error.message, {
      code: 'secret-missing',
      exitCode: exitCodes.notFound,
      next: 'npx millrace access secrets <folder>',
      cause: error,
    });
  }
}

const runRedis = (options: FileOptions): void => printFile(options, () => redisUsersFile(options.secrets));

const runClickhouse = (options: FileOptions): void =>
  printFile(options, () =>
    clickhouseUsersFile({
      secretsFolder: options.secrets,
      database: options.database,
      analystStores: options.analystOf,
    }),
  );

interface ApplyOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly reason: string;
}

/** Before the deploy step has run for the first time there is no audit log, and it cannot run without its rights. */
async function hasAuditLog(config: Config): Promise<boolean> {
  const admin = await createTopicAdmin(kafkaLink(config, 'millrace-access', pino({ level: 'silent' })));
  try {
    return (await admin.describe([auditTopic])).get(auditTopic) !== null;
  } finally {
    await admin.close();
  }
}

async function runApply(options: ApplyOptions): Promise<void> {
  const config = await cliConfig(options.set);
  const out = createOutput(options);
  let admin: Awaited<ReturnType<typeof createAclAdmin>> | null = null;
  try {
    admin = await createAclAdmin(kafkaLink(config, 'millrace-access', pino({ level: 'silent' })));
    let recorded = false;
    const announce = async (): Promise<void> => {
      recorded = await hasAuditLog(config);
      if (recorded)
        await announceFirst(config, { what: 'access.apply', target: 'kafka', reason: options.reason });
      else out.say(`There is no ${auditTopic} yet, so no record of this: the deploy step makes it.`);
    };
    const { missing, extra } = await (options.yes
      ? applyKafkaAcls(admin, announce)
      : compareKafkaAcls(admin));
    const added = missing.map((binding) => aclText(aclEntryOf(binding)));
    const removed = extra.map(aclText);
    const lines = [...added.map((text) => `+ ${text}`), ...removed.map((text) => `- ${text}`)];
    const equal = lines.length === 0;
    const end = equal
      ? 'The broker allows what the table says.'
      : options.yes
        ? `${added.length} permissions given, ${removed.length} taken back.`
        : `${added.length} permissions are missing, ${removed.length} go beyond the table: npx millrace access apply --yes`;
    out.data({ applied: options.yes === true, recorded, added, removed }, [...lines, end].join('\n'));
    if (!equal && options.yes !== true) process.exitCode = exitCodes.checkFailed;
  } catch (error) {
    throw sourceUnavailable(error);
  } finally {
    await admin?.close();
  }
}

/** A store's name becomes a user's and a file's. */
function addStore(text: string, before: readonly string[]): readonly string[] {
  if (/^[\w-]{1,64}$/.test(text)) return [...before, text];
  throw new InvalidArgumentError('wanted the name of a store: 1 to 64 letters, digits, dashes, underscores.');
}

function parseDatabase(text: string): string {
  if (variables.CLICKHOUSE_DATABASE.schema.safeParse(text).success) return text;
  throw new InvalidArgumentError(`wanted ${variables.CLICKHOUSE_DATABASE.wanted}.`);
}

/** `millrace access …`: who may do what in Kafka, Redis and ClickHouse, as files and commands for real engines. */
export function register(program: Command): void {
  const access = program
    .command('access')
    .description('users and rights in Kafka, Redis and ClickHouse: as little as each service needs');
  const withStores = (command: Command): Command =>
    withCommonOptions(command).option<readonly string[]>(
      '--analyst-of <store>',
      'a user in ClickHouse who sees the rows of this store alone; repeatable',
      addStore,
      [],
    );
  withStores(access.command('secrets'))
    .description('make the passwords that are missing, one a user and engine')
    .argument('<folder>', 'kept where your secrets are')
    .action(runSecrets);
  withCommonOptions(access.command('kafka'))
    .description(
      'the permissions as kafka-acls.sh commands; $BROKER and $ADMIN (its --command-config) are yours',
    )
    .action(runKafka);
  withCommonOptions(access.command('apply'))
    .description('compare the permissions of the broker with the table: exit 6 if they differ')
    .option('--yes', 'make them equal; the user of MILLRACE_KAFKA_USERNAME must be one of super.users')
    .option('--reason <text>', 'why; stands in the audit log', 'by hand')
    .action(runApply);
  withCommonOptions(access.command('redis'))
    .description('the users of Redis as its aclfile; of the passwords it has digests alone')
    .requiredOption('--secrets <folder>', 'as access secrets made it')
    .action(runRedis);
  withStores(access.command('clickhouse'))
    .description('users, roles, limits and row policies for users.d/ of ClickHouse; passwords as digests')
    .requiredOption('--secrets <folder>', 'as access secrets made it')
    .option('--database <name>', 'where the ledger is', parseDatabase, variables.CLICKHOUSE_DATABASE.fallback)
    .action(runClickhouse);
}
