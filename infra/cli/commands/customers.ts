import type { Command } from 'commander';
import { pino } from 'pino';
import { exitCodes } from '../../config/exit-codes.ts';
import {
  eraseCustomer,
  type Erasure,
  TokenStillNeeded,
  UnknownCustomer,
} from '../../erasure/erase-customer.ts';
import { openErasure } from '../../erasure/open-erasure.ts';
import { CliError, sourceUnavailable } from '../cli-error.ts';
import { type CommonOptions, withCommonOptions } from '../common-options.ts';
import { cliConfig } from '../local-stack.ts';
import { operatorName } from '../operator-name.ts';
import { createOutput, table } from '../output.ts';

interface EraseOptions extends CommonOptions {
  readonly store: string;
  readonly reason: string;
  readonly by?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

async function erase(customerId: string, options: EraseOptions): Promise<void> {
  const { store, reason, by = operatorName() } = options;
  const dryRun = options.yes !== true || options.dryRun === true;
  const config = await cliConfig(options.set);
  const out = createOutput(options);
  const access = await openErasure(config, pino({ level: 'silent' })).catch((error: unknown) => {
    throw sourceUnavailable(error);
  });
  try {
    const erasure = await eraseCustomer(access, { store, customerId, by, reason, dryRun });
    out.data(erasure, erasureText(erasure));
    if (dryRun) out.say('A dry run: nothing was erased. Add --yes to erase it; nothing brings it back.');
    if (erasure.keysLeft?.length) process.exitCode = exitCodes.checkFailed;
  } catch (error) {
    throw toCliError(error);
  } finally {
    await access.close();
  }
}

function toCliError(cause: unknown): unknown {
  if (cause instanceof UnknownCustomer)
    return new CliError(cause.message, { code: 'unknown-customer', exitCode: exitCodes.notFound, cause });
  if (cause instanceof TokenStillNeeded) {
    const next = 'npx millrace orders get <id>';
    return new CliError(cause.message, { code: 'token-needed', exitCode: exitCodes.conflict, next, cause });
  }
  return sourceUnavailable(cause);
}

/** What was erased, where its ciphertext stays, and when the wrapped bytes are gone. */
export function erasureText(erasure: Erasure): string {
  const { store, customerId, dryRun, keys, keysLeft, keysMadeMeanwhile, fieldsUnderMasterKey } = erasure;
  const done = dryRun ? 'would be erased' : 'erased';
  const rows = [
    [`keys ${done}`, keys.length === 0 ? 'none was left' : keys.map(({ keyId }) => keyId).join(' ')],
    ...(keysLeft === null
      ? []
      : [['read back', keysLeft.length === 0 ? 'each is gone' : `left: ${keysLeft.join(' ')}`]]),
    ...(keysMadeMeanwhile.length === 0 ? [] : [['made meanwhile', keysMadeMeanwhile.join(' ')]]),
    ...Object.entries(erasure.ciphertextRecords).map(([topic, count]) => [
      topic,
      `${count} records keep ciphertext`,
    ]),
    [
      'wrapped bytes',
      `the broker removes them at the first new key after ${erasure.bytesGoWithTheFirstRecordAfter}`,
    ],
    ...(fieldsUnderMasterKey === 0
      ? []
      : [
          [
            'NOT erased',
            `${fieldsUnderMasterKey} fields under master-1: whoever has the secret can read them`,
          ],
        ]),
  ];
  return `${store}/${customerId}, ${erasure.orders} orders\n${table(rows)}`;
}

/** `millrace customers erase`. */
export function register(program: Command): void {
  const customers = program.command('customers').description('what is known of customers');
  withCommonOptions(customers.command('erase <customerId>'))
    .description(
      'drop the keys of a customer, so that nobody can read his payment tokens and addresses again; without --yes a dry run; exit 4 while an order of his is not authorized yet',
    )
    .requiredOption('--store <store>', 'whose customer')
    .requiredOption('--reason <text>', 'why, without personal data; stands in the audit log')
    .option('--by <who>', 'who asks, your account by default; stands in the audit log')
    .option('--yes', 'erase')
    .option('--dry-run', 'erase nothing, whatever else is said')
    .action(erase);
}
