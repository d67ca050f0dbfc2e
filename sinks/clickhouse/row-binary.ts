import type { ColumnType } from '../../schemas/clickhouse-columns.ts';

/** Encodes rows of one table in ClickHouse's RowBinary, columns in the map's order. */
export type RowEncoder = (rows: readonly object[]) => Buffer;

/** A buffer that grows; `at` is where the next byte goes. */
interface Writer {
  bytes: Buffer;
  at: number;
}

type Put = (writer: Writer, value: unknown) => void;

/**
 * An encoder for the columns (name → type) of `schemas/clickhouse-columns.ts`. It throws a RangeError that names the
 * column where a value does not fit its type: a block is refused here, never cut short in the table.
 */
export function createRowEncoder(columns: Readonly<Record<string, ColumnType>>): RowEncoder {
  const puts = Object.entries(columns).map(([name, type]) => ({ name, put: putterOf(type) }));
  return (rows) => {
    const writer: Writer = { bytes: Buffer.allocUnsafe(Math.max(1024, rows.length * 192)), at: 0 };
    for (const row of rows) {
      const values = row as Readonly<Record<string, unknown>>;
      for (const { name, put } of puts) {
        try {
          put(writer, values[name]);
        } catch (cause) {
          throw new RangeError(`column ${name}: ${String(values[name])} does not fit its type`, { cause });
        }
      }
    }
    return writer.bytes.subarray(0, writer.at);
  };
}

function putterOf(type: ColumnType): Put {
  const inner = /^Nullable\((.*)\)$/.exec(type)?.[1];
  if (inner !== undefined) {
    const put = putterOf(inner as ColumnType);
    return (writer, value) => {
      reserve(writer, 1);
      writer.at = writer.bytes.writeUInt8(value === null ? 1 : 0, writer.at);
      if (value !== null) put(writer, value);
    };
  }
  return putters[type as keyof typeof putters];
}

const putters = {
  String: putString,
  UInt16: (writer: Writer, value: unknown): void => {
    reserve(writer, 2);
    writer.at = writer.bytes.writeUInt16LE(whole(value), writer.at);
  },
  UInt32: (writer: Writer, value: unknown): void => {
    reserve(writer, 4);
    writer.at = writer.bytes.writeUInt32LE(whole(value), writer.at);
  },
  UInt64: (writer: Writer, value: unknown): void => {
    if (whole(value) < 0) throw new RangeError('below 0');
    putInt64(writer, value);
  },
  Int64: putInt64,
  'DateTime64(3)': putInt64,
};

/** Two halves: a safe integer needs no BigInt. */
function putInt64(writer: Writer, value: unknown): void {
  const number = whole(value);
  reserve(writer, 8);
  writer.bytes.writeInt32LE(number | 0, writer.at);
  writer.at = writer.bytes.writeInt32LE(Math.floor(number / 2 ** 32), writer.at + 4);
}

/** Length in bytes as LEB128, then UTF-8. */
function putString(writer: Writer, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError('not a string');
  const length = Buffer.byteLength(value);
  reserve(writer, length + 5);
  let rest = length;
  while (rest >= 0x80) {
    writer.at = writer.bytes.writeUInt8((rest & 0x7f) | 0x80, writer.at);
    rest >>>= 7;
  }
  writer.at = writer.bytes.writeUInt8(rest, writer.at);
  writer.at += writer.bytes.write(value, writer.at, length, 'utf8');
}

function whole(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw new RangeError('not a safe integer');
  return value as number;
}

function reserve(writer: Writer, count: number): void {
  if (writer.at + count <= writer.bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(writer.bytes.length * 2, writer.at + count));
  writer.bytes.copy(grown, 0, 0, writer.at);
  writer.bytes = grown;
}
