import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LedgerLocked } from '../../sinks/clickhouse/beside-lock.ts';
import { FlipUnderWay, InPlaceUnderWay, LedgerEmptying } from '../../sinks/clickhouse/emptying.ts';
import { LedgerBehind } from '../../sinks/clickhouse/flip-ledger.ts';
import { FormerBeside } from '../../sinks/clickhouse/flip-state.ts';
import { LedgerDamaged } from '../../sinks/clickhouse/insert-block.ts';
import { MigrationChanged, TablesMissing } from '../../sinks/clickhouse/migrate.ts';
import { UnreadableRecord } from '../clients/decode-records.ts';
import { LineageBroken } from '../clients/journal-acceptor.ts';
import { CliError } from './cli-error.ts';
import { ledgerErrorOf } from './ledger-errors.ts';

const page = readFileSync('docs/how-to/rebuild-the-ledger.md', 'utf8');
const at = { topic: 'orders.events.v1', partition: 0 };

test.each([
  [new LedgerLocked('millrace_beside', 'sink flip, process 1'), 'ledger-locked', 75],
  [new LedgerBehind('behind'), 'ledger-behind', 75],
  [new FlipUnderWay(), 'flip-under-way', 4],
  [new InPlaceUnderWay(), 'in-place-under-way', 4],
  [new FormerBeside('millrace_beside'), 'former-ledger-beside', 4],
  [new LedgerEmptying(7), 'ledger-emptied', 4],
  [new LineageBroken({ offset: 3n, isValid: true }, 'nothing stands'), 'ledger-of-another-journal', 4],
  [new LedgerDamaged('rows too many'), 'ledger-damaged', 6],
  [new UnreadableRecord(at, 3n, 'cut short'), 'record-unreadable', 6],
  [new MigrationChanged('0001'), 'migration-edited', 4],
  [new TablesMissing('orders'), 'not-allowed', 4],
])(
  '$name is told with its words, a code, an exit code and the next command, and the page has it',
  (error, code, exitCode) => {
    const told = ledgerErrorOf(error);
    expect(told).toBeInstanceOf(CliError);
    expect(told).toMatchObject({ message: error.message, code, exitCode, cause: error });
    expect((told as CliError).next).not.toBe('');
    const row = page.split('\n').find((line) => line.includes(`\`${code}\``)) ?? '';
    const [, after = ''] = row.split(`\`${code}\``);
    expect(/\((\d+)\)/.exec(after)?.[1]).toBe(String(exitCode));
  },
);

test('an engine that is away has exit code 69; a bug and an error of the command line stay what they are', () => {
  expect(ledgerErrorOf(new Error('connect ECONNREFUSED'))).toMatchObject({
    code: 'clickhouse-unavailable',
    exitCode: 69,
  });
  for (const error of [new TypeError('a bug'), new CliError('no', { code: 'no', exitCode: 3 })])
    expect(ledgerErrorOf(error)).toBe(error);
});
