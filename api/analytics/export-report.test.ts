import { expect, test } from 'vitest';
import { toCsvLines } from './export-report.ts';

const engineLines = [
  ['sku', 'units', 'share', 'net_minor', 'partial'],
  ['String', 'UInt64', 'Float64', 'Nullable(Int64)', 'Bool'],
  ['=cmd', '18446744073709551615', 1.5, '-9007199254740993', true],
  ['ü,"\n', '0', -2, null, false],
];
const csv =
  'sku,units,share,net_minor,partial\r\n' +
  "'=cmd,18446744073709551615,1.5,-9007199254740993,true\r\n" +
  '"ü,""\n",0,-2,,false\r\n';

test.each([1, 2, 7, 1_000])(
  'the same lines wherever the bytes are cut: after %d each, the last line ended or not',
  async (size) => {
    for (const end of ['\n', '']) {
      const bytes = Buffer.from(engineLines.map((line) => JSON.stringify(line)).join('\n') + end);
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      let text = '';
      for await (const lines of toCsvLines(asStream(chunks))) text += lines;
      expect(text).toBe(csv);
    }
  },
);

async function* asStream(chunks: readonly Uint8Array[]) {
  yield* chunks;
}
