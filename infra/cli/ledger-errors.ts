import { FlipUnderWay, InPlaceUnderWay, LedgerEmptying } from '../../sinks/clickhouse/emptying.ts';
import { FormerBeside } from '../../sinks/clickhouse/flip-state.ts';
import { LedgerBehind } from '../../sinks/clickhouse/flip-ledger.ts';
import { LedgerDamaged } from '../../sinks/clickhouse/insert-block.ts';
import { LedgerLocked } from '../../sinks/clickhouse/beside-lock.ts';
import { MigrationChanged, TablesMissing } from '../../sinks/clickhouse/migrate.ts';
import { UnreadableRecord } from '../clients/decode-records.ts';
import { LineageBroken } from '../clients/journal-acceptor.ts';
import { exitCodes } from '../config/exit-codes.ts';
import { CliError } from './cli-error.ts';

type ErrorClass = abstract new (...args: never) => Error;

const again = 'npx millrace sink drop --yes, then npx millrace sink rebuild --yes';

const known: readonly (readonly [
  ErrorClass,
  { readonly code: string; readonly exitCode: number; readonly next: string },
])[] = [
  [
    LedgerBehind,
    {
      code: 'ledger-behind',
      exitCode: exitCodes.tryAgain,
      next: 'npx millrace groups lag; then the same command',
    },
  ],
  [
    LedgerLocked,
    {
      code: 'ledger-locked',
      exitCode: exitCodes.tryAgain,
      next: 'the same command when the other is through; with --take-over if it died',
    },
  ],
  [
    FlipUnderWay,
    { code: 'flip-under-way', exitCode: exitCodes.conflict, next: 'npx millrace sink flip --yes' },
  ],
  [
    InPlaceUnderWay,
    {
      code: 'in-place-under-way',
      exitCode: exitCodes.conflict,
      next: 'npx millrace sink rebuild --in-place --yes',
    },
  ],
  [
    FormerBeside,
    { code: 'former-ledger-beside', exitCode: exitCodes.conflict, next: 'npx millrace sink drop --yes' },
  ],
  [LedgerEmptying, { code: 'ledger-emptied', exitCode: exitCodes.conflict, next: again }],
  [LineageBroken, { code: 'ledger-of-another-journal', exitCode: exitCodes.conflict, next: again }],
  [LedgerDamaged, { code: 'ledger-damaged', exitCode: exitCodes.checkFailed, next: again }],
  [
    UnreadableRecord,
    { code: 'record-unreadable', exitCode: exitCodes.checkFailed, next: 'npx millrace verify' },
  ],
  [
    MigrationChanged,
    { code: 'migration-edited', exitCode: exitCodes.conflict, next: 'npx millrace migrate check' },
  ],
  [
    TablesMissing,
    {
      code: 'not-allowed',
      exitCode: exitCodes.conflict,
      next: 'run it as a ClickHouse user who may create (docs/how-to/rebuild-the-ledger.md)',
    },
  ],
];

/**
 * What the ledger's own errors are for the command line, each with a code of its own; any other of an engine's is
 * `clickhouse-unavailable`. A CliError and a bug (TypeError, RangeError) stay what they are.
 */
export function ledgerErrorOf(error: unknown): unknown {
  if (error instanceof CliError || error instanceof TypeError || error instanceof RangeError) return error;
  const of = known.find(([type]) => error instanceof type)?.[1] ?? {
    code: 'clickhouse-unavailable',
    exitCode: exitCodes.unavailable,
    next: 'npx millrace status; the same command goes on where it ended',
  };
  return new CliError(error instanceof Error ? error.message : String(error), { ...of, cause: error });
}
