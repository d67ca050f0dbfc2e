import { readFileSync } from 'node:fs';

/**
 * What the Online Retail file says by itself, by a second reading of its own: no library and no code of
 * Millrace. Good for the file in the repository, which has no line breaks inside fields.
 */
export interface FileSums {
  readonly lines: number;
  /**
   * Of the lines that are sales of goods, and carriage and discounts of their invoices (messages §7): lines, orders,
   * units of goods and minor units.
   */
  readonly sales: {
    readonly lines: number;
    readonly orders: number;
    readonly units: number;
    readonly minor: number;
  };
  /** Credits that are returns of one of those orders (producers/replay/README.md): lines, pieces, minor units. */
  readonly returns: { readonly lines: number; readonly pieces: number; readonly minor: number };
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

interface Row {
  readonly invoice: string;
  readonly code: string;
  readonly quantity: number;
  readonly pence: number;
  readonly date: string;
  readonly customer: string;
}

function readRows(file: string): readonly Row[] {
  const [, ...rows] = readFileSync(file, 'utf8')
    .split(/\r?\n/)
    .filter((row) => row !== '');
  return rows.map((row) => {
    const fields = [...row.matchAll(/("(?:[^"]|"")*"|[^,]*)(?:,|$)/g)].map(([, field = '']) =>
      field.replaceAll('"', ''),
    );
    const [invoice = '', code = '', , quantity = '', date = '', price = '', customer = ''] = fields;
    return {
      invoice,
      code: code.toUpperCase(),
      quantity: Number(quantity),
      pence: Math.round(Number(price) * 100),
      date,
      customer,
    };
  });
}

const isGoods = ({ code, pence }: Row): boolean => pence > 0 && !notGoods.has(code) && !isVoucherOrTest(code);
const isInvoice = ({ invoice }: Row): boolean => /^\d+$/.test(invoice);

export function sumFile(file: string): FileSums {
  const rows = readRows(file);
  const sales = rows.filter((row) => isInvoice(row) && isGoods(row) && row.quantity > 0);
  const invoices = new Map(sales.map(({ invoice, date }) => [invoice, date.slice(0, 10)]));
  const charges = rows.filter((row) => {
    const amount = row.quantity * row.pence;
    if (!invoices.has(row.invoice)) return false;
    return row.code === 'D' ? amount < 0 : ['POST', 'DOT', 'C2'].includes(row.code) && amount > 0;
  });
  const minorByDay = new Map<string, number>();
  for (const { invoice, quantity, pence } of [...sales, ...charges]) {
    const day = invoices.get(invoice) ?? '';
    minorByDay.set(day, (minorByDay.get(day) ?? 0) + quantity * pence);
  }
  return {
    lines: rows.length,
    sales: {
      lines: sales.length + charges.length,
      orders: invoices.size,
      units: sales.reduce((units, row) => units + row.quantity, 0),
      minor: [...minorByDay.values()].reduce((sum, minor) => sum + minor, 0),
    },
    returns: sumReturns(rows, sales, new Set(charges.map(({ invoice }) => invoice))),
    minorByDay,
  };
}

/**
 * Credits of a customer who bought as many pieces of that code at that price in one earlier invoice, the latest first,
 * and has not given them back. No invoice of the file with carriage or a discount is given back whole.
 */
function sumReturns(
  rows: readonly Row[],
  sales: readonly Row[],
  charged: ReadonlySet<string>,
): FileSums['returns'] {
  const given = new Map<string, number>();
  const sum = { lines: 0, pieces: 0, minor: 0 };
  const credits = rows
    .filter((row) => row.quantity < 0 && isGoods(row) && row.customer !== '')
    .sort((a, b) => a.date.localeCompare(b.date));
  for (const { code, pence, customer, date, quantity } of credits) {
    const bought = sales.filter(
      (row) => row.customer === customer && row.code === code && row.pence === pence && row.date <= date,
    );
    const latestFirst = [...new Set(bought.map(({ invoice }) => invoice))].toReversed();
    const invoice = latestFirst.find((one) => {
      const sold = bought.filter((row) => row.invoice === one).reduce((all, row) => all + row.quantity, 0);
      return !charged.has(one) && sold - (given.get(`${one} ${code} ${pence}`) ?? 0) >= -quantity;
    });
    if (invoice === undefined) continue;
    const key = `${invoice} ${code} ${pence}`;
    given.set(key, (given.get(key) ?? 0) - quantity);
    sum.lines += 1;
    sum.pieces -= quantity;
    sum.minor -= quantity * pence;
  }
  return sum;
}
