import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Edit } from '../mutants/mutant.ts';
import { plantedTexts } from '../mutants/plant.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const code = ['api', 'infra', 'processors', 'producers', 'schemas', 'sinks'];
const files = ['package.json', 'package-lock.json'];

/** What the next version adds: a field that older records do not have, in a command and in the event it becomes. */
export const newField = { name: 'salesChannel', written: 'web' };

const addField = (file: string): Edit => ({
  file,
  from: '"name": "pricedBy",',
  to: `"name": "${newField.name}", "type": ["null", "string"], "default": null }, { "name": "pricedBy",`,
});

/** `OrderPlaced` takes over whatever its command says (processors/orders/order-events.ts). */
const edits: readonly Edit[] = [
  addField('schemas/avro/orders.commands.v1.avsc'),
  addField('schemas/avro/orders.events.v1.avsc'),
  {
    file: 'producers/intake/place-order-command.ts',
    from: "type: 'PlaceOrder',",
    to: `type: 'PlaceOrder', ${newField.name}: '${newField.written}',`,
  },
];

export interface Checkout {
  readonly folder: string;
  remove(): void;
}

/** A checkout of the version after this one, as it would lie beside it on an operator's disk. */
export function makeNextVersion(): Checkout {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'millrace-next-'));
  for (const each of [...code, ...files])
    cpSync(path.join(root, each), path.join(folder, each), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(folder, 'node_modules'));
  for (const [file, text] of plantedTexts(edits)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
