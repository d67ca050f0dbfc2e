import { ClickHouseError } from '@clickhouse/client';
import type { ClickHouseClient } from '../../infra/clients/clickhouse.ts';
import { uuidsOf } from './flip-state.ts';

/** A table that is there while somebody fills, exchanges or drops the ledger beside; its comment says who, since when. */
const lockTable = 'ledger_lock';

/** Somebody else is at the ledger beside, or died at it. */
export class LedgerLocked extends Error {
  override readonly name = 'LedgerLocked';
  constructor(beside: string, holder: string) {
    super(
      `${beside} is locked by ${holder}: if nobody is at it any more, the same command with --take-over goes on`,
    );
  }
}

export interface LockOptions {
  /** Who and since when, in words. */
  readonly holder: string;
  /** Takes the lock of one who died, on an operator's word: nothing else tells him from one who is slow. */
  readonly takeOver: boolean;
}

/** ErrorCodes.cpp: TABLE_ALREADY_EXISTS. */
const alreadyExists = '57';

/**
 * Runs while it holds the lock of the database `beside`, which is there: creating a table is what ClickHouse grants to one
 * of many. Throws LedgerLocked where another holds it. A process that dies leaves it behind; so does one that drops no
 * table any more because ClickHouse is away.
 */
export async function withBesideLock<T>(
  client: ClickHouseClient,
  beside: string,
  { holder, takeOver }: LockOptions,
  run: () => Promise<T>,
): Promise<T> {
  if (takeOver) await setAside(client, beside);
  const said = holder.replaceAll(/['\\]/g, '');
  try {
    await client.command({
      query: `CREATE TABLE \`${beside}\`.${lockTable} (nothing UInt8) ENGINE = MergeTree ORDER BY nothing COMMENT '${said}'`,
    });
  } catch (error) {
    if (!(error instanceof ClickHouseError) || error.code !== alreadyExists) throw error;
    throw new LedgerLocked(beside, await holderOf(client, beside));
  }
  const mine = (await uuidsOf(client, beside)).get(lockTable);
  const release = async (): Promise<void> => {
    // Not there with its database gone; another's where it was taken over.
    if ((await uuidsOf(client, beside)).get(lockTable) !== mine || mine === undefined) return;
    await client.command({ query: `DROP TABLE \`${beside}\`.${lockTable}` });
  };
  let result: T;
  try {
    result = await run();
  } catch (error) {
    await release().catch(() => undefined); // what went wrong first is told
    throw error;
  }
  await release();
  return result;
}

/**
 * The lock that stands there is renamed to its UUID and kept: of two who take the same one over, the second finds the name
 * in use. It goes with the database.
 */
async function setAside(client: ClickHouseClient, beside: string): Promise<void> {
  const uuid = (await uuidsOf(client, beside)).get(lockTable);
  if (uuid === undefined) return;
  const name = `${lockTable}_${uuid.replaceAll('-', '')}`;
  try {
    await client.command({
      query: `RENAME TABLE \`${beside}\`.${lockTable} TO \`${beside}\`.${name}`,
    });
  } catch (error) {
    if (!(error instanceof ClickHouseError) || error.code !== alreadyExists) throw error;
    throw new LedgerLocked(beside, await holderOf(client, beside));
  }
}

async function holderOf(client: ClickHouseClient, beside: string): Promise<string> {
  const answer = await client.query({
    query: 'SELECT comment FROM system.tables WHERE database = {beside:String} AND name = {lockTable:String}',
    query_params: { beside, lockTable },
    format: 'JSONEachRow',
  });
  const [row] = await answer.json<{ comment: string }>();
  return row?.comment || 'somebody who has just let it go';
}
