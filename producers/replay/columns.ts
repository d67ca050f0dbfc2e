/** The file as a whole cannot be replayed; the CLI exits with 5 (interface §5). */
export class ReplayFileError extends Error {}

/** Where each column stands; optional ones are -1 if the file has none. */
export interface Columns {
  readonly invoice: number;
  readonly stockCode: number;
  readonly description: number;
  readonly quantity: number;
  readonly invoiceDate: number;
  readonly unitPrice: number;
  readonly customer: number;
  readonly count: number;
}

/** Names of the columns in the two releases of the dataset, letter case, spaces and underscores ignored. */
const names = {
  invoice: ['invoiceno', 'invoice'],
  stockCode: ['stockcode'],
  description: ['description'],
  quantity: ['quantity'],
  invoiceDate: ['invoicedate'],
  unitPrice: ['unitprice', 'price'],
  customer: ['customerid'],
} as const;
const required = ['invoice', 'stockCode', 'quantity', 'invoiceDate', 'unitPrice'] as const;
const shown = {
  invoice: 'InvoiceNo',
  stockCode: 'StockCode',
  quantity: 'Quantity',
  invoiceDate: 'InvoiceDate',
  unitPrice: 'UnitPrice',
};

/** Finds the columns by the header's names, in any order. Throws ReplayFileError naming all that are missing, or for line ends that are none. */
export function readColumns(file: string, header: readonly string[] | null): Columns {
  const found = (header ?? []).map((name) => name.toLowerCase().replace(/[\s_]/g, ''));
  const at = (column: keyof typeof names): number =>
    found.findIndex((name) => names[column].some((n) => n === name));
  if (header?.some((name) => name.includes('\r'))) {
    throw new ReplayFileError(`${file} ends its lines with CR alone; save it with LF or CRLF line ends`);
  }
  const missing = required.filter((column) => at(column) < 0).map((column) => shown[column]);
  if (missing.length > 0) {
    throw new ReplayFileError(
      `${file} lacks the ${missing.length === 1 ? 'column' : 'columns'} ${missing.join(', ')}; its first line must name ` +
        'InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country in any order',
    );
  }
  return {
    invoice: at('invoice'),
    stockCode: at('stockCode'),
    description: at('description'),
    quantity: at('quantity'),
    invoiceDate: at('invoiceDate'),
    unitPrice: at('unitPrice'),
    customer: at('customer'),
    count: found.length,
  };
}
