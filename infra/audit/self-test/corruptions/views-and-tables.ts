import { changeDocument, changePosition, entryOf, last, orderOf, type Corruption } from './change-run.ts';

export const viewCorruptions: readonly Corruption[] = [
  {
    name: 'an order’s status in Redis',
    rule: 'I-14',
    plant: (run) => changeDocument(run, /:order:/, () => ({ status: 'capturing' })),
  },
  {
    name: 'an amount in Redis one off',
    rule: 'I-14',
    plant: (run) =>
      changeDocument(run, /:order:/, ({ totalMinor }) => ({ totalMinor: Number(totalMinor) + 1 })),
  },
  {
    name: 'a level in Redis one off',
    rule: 'I-14',
    plant: (run) => changeDocument(run, /:sku:demo\//, ({ onHand }) => ({ onHand: Number(onHand) + 1 })),
  },
  {
    name: 'an order missing in Redis',
    rule: 'I-14',
    plant: (run) => {
      const { entries, i } = entryOf(run, ({ key }) => /:order:/.test(key));
      entries.splice(i, 1);
    },
  },
  {
    name: 'a key nobody folded',
    rule: 'I-14',
    plant: (run) => {
      const { entries, entry } = entryOf(run, ({ key }) => /:order:/.test(key));
      entries.push({ ...entry, key: `${entry.key}X` });
    },
  },
  {
    name: 'a parked command shown as another',
    rule: 'I-14',
    plant: (run) => changeDocument(run, /:parked:/, () => ({ parked: [] })),
    says: /:parked:.*parked is \[\]/,
  },
  {
    name: 'a parked command missing in Redis',
    rule: 'I-14',
    plant: (run) => {
      const { entries, i } = entryOf(run, ({ key }) => /:parked:/.test(key));
      entries.splice(i, 1);
    },
    says: /:parked:\S+ is missing/,
  },
  {
    name: 'a parked order in Redis that nothing parked',
    rule: 'I-14',
    plant: (run) => {
      const { entries, entry } = entryOf(run, ({ key }) => /:parked:/.test(key));
      entries.push({ ...entry, key: `${entry.key}X` });
    },
    says: /:parked:\S+X: the fold to seq \d+ has no such key/,
  },
  {
    name: 'a list that lacks an order',
    rule: 'I-14',
    plant: (run) => {
      const { entry } = entryOf(run, ({ key }) => key.includes(':created:'));
      if (entry.value.is === 'zset')
        (entry.value.scores as Map<string, number>).delete([...entry.value.scores.keys()][0] ?? '');
    },
  },
  {
    name: 'an order in the list of another status',
    rule: 'I-14',
    plant: (run) => {
      const { entry } = entryOf(run, ({ key }) => key.endsWith(':status:demo:declined'));
      if (entry.value.is === 'zset') (entry.value.scores as Map<string, number>).set(orderOf(run), 1);
    },
  },
  {
    name: 'a hole in the event stream',
    rule: 'I-14',
    plant: (run) => {
      const { entry } = entryOf(run, ({ value }) => value.is === 'stream');
      if (entry.value.is === 'stream') (entry.value.entries as unknown[]).splice(5, 1);
    },
  },
  { name: 'a view position past its data', rule: 'I-14', plant: (run) => changePosition(run, 'seq', '9999') },
  {
    name: 'a view position of another writer',
    rule: 'I-14',
    plant: (run) => changePosition(run, 'writer', 'stranger'),
  },
  { name: 'a watermark in Redis one off', rule: 'I-14', plant: (run) => changePosition(run, 'atMs', '1') },
  {
    name: 'a ClickHouse row missing',
    rule: 'I-16',
    plant: (run) => void run.tables.order_lines.splice(3, 1),
  },
  {
    name: 'a ClickHouse row twice',
    rule: 'I-16',
    plant: (run) => void run.tables.payments.push(last(run.tables.payments)),
  },
  {
    name: 'an amount in ClickHouse one off',
    rule: 'I-16',
    plant: (run) => {
      const row = run.tables.order_lines[0];
      if (row) run.tables.order_lines[0] = { ...row, gross_minor: Number(row['gross_minor']) + 1 };
    },
  },
  {
    name: 'the SKUs of two ClickHouse rows swapped',
    rule: 'I-16',
    plant: (run) => {
      const [a, b] = run.tables.order_lines;
      if (!a || !b) return;
      run.tables.order_lines.splice(0, 2, { ...a, sku: b['sku'] ?? '' }, { ...b, sku: a['sku'] ?? '' });
    },
  },
  {
    name: 'a sum of sales_by_minute one off',
    rule: 'I-16',
    plant: (run) => {
      const minute = run.sales[0];
      if (minute)
        run.sales[0] = {
          ...minute,
          sums: { ...minute.sums, gross_minor: (minute.sums['gross_minor'] ?? 0n) + 1n },
        };
    },
  },
  { name: 'a minute of sales_by_minute missing', rule: 'I-16', plant: (run) => void run.sales.splice(0, 1) },
  {
    name: 'a sink position of another writer',
    rule: 'I-16',
    plant: (run) => {
      const position = run.positions[0];
      if (position) run.positions[0] = { ...position, writer: 'stranger' };
    },
  },
  {
    name: 'a stock movement twice',
    rule: 'I-16',
    plant: (run) => void run.tables.stock_movements.push(last(run.tables.stock_movements)),
  },
  {
    name: 'a stock movement of one piece more',
    rule: 'I-16',
    plant: (run) => {
      const at = run.tables.stock_movements.findIndex((row) => row['event'] === 'HoldPlaced');
      const row = run.tables.stock_movements[at];
      if (row) run.tables.stock_movements[at] = { ...row, held_change: Number(row['held_change']) + 1 };
    },
  },
  {
    name: 'a sink that stands still in the stock journal',
    rule: 'I-16',
    plant: (run) => void run.stockPositions?.splice(0, 1),
  },
  { name: 'a sink that stands still', rule: 'I-16', plant: (run) => void run.positions.splice(0, 1) },
];
