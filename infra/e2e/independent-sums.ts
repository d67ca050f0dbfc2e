import { readFileSync } from 'node:fs';

/**
 * What the Online Retail file says by itself, by a second reading of its own: no library and no code of
 * Millrace. Good for the file in the repository, which has no line breaks inside fields.
 */
export interface FileSums {
  readonly lines: number;
  /** Of the lines that are sales of goods (messages §7): lines, orders, units and minor units. */
  readonly sales: {
    readonly lines: number;
    readonly orders: number;
    readonly units: number;
    readonly minor: number;
  };
  /** Minor units of the sales by the day written in the file. */
  readonly minorByDay: ReadonlyMap<string, number>;
}

const notGoods = new Set([
  'POST',
  'DOT',
  'C2',
  'D',
  'M',
  'BANK CHARGES',
  'AMAZONFEE',
  'CRUK',
  'S',
  'PADS',
  'B',
]);
const isVoucherOrTest = (code: string): boolean => /^(GIFT|TEST)/i.test(code);

export function sumFile(file: string): FileSums {
  const [, ...rows] = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((row) => row !== '');
  const minorByDay = new Map<string, number>();
  const invoices = new Set<string>();
  let lines = 0;
  let units = 0;
  let minor = 0;
  for (const row of rows) {
    const fields = [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = '']) =>
      field.replaceAll('"', ''),
    );
    const [invoice = '', code = '', , quantityText = '', date = '', priceText = ''] = fields;
    const quantity = Number(quantityText);
    const pence = Math.round(Number(priceText) * 100);
    const isSale = /^\d+$/.test(invoice) && quantity > 0 && pence > 0;
    if (!isSale || notGoods.has(code.toUpperCase()) || isVoucherOrTest(code)) continue;
    lines += 1;
    units += quantity;
    minor += quantity * pence;
    invoices.add(invoice);
    const day = date.slice(0, 10);
    minorByDay.set(day, (minorByDay.get(day) ?? 0) + quantity * pence);
  }
  return { lines: rows.length, sales: { lines, orders: invoices.size, units, minor }, minorByDay };
}
