import { plant } from '../../mutants/plant.ts';
import { offInProcessors, offInReaders } from './protocol-off.ts';

/**
 * `node protocol-engine.ts <role,role,…> <on|off>`: the engine of saga-lite with the protocol, or without it. Both load
 * their modules through the same hook.
 */
const [, , roles = '', protocol] = process.argv;
const isProcessor = roles.split(',').some((role) => role === 'orders' || role === 'stock');
const offHere = isProcessor ? [...offInReaders, ...offInProcessors] : offInReaders;
const edits = protocol === 'off' ? offHere : [];

const loaded = plant(edits);
// Not before the edits are planted: it brings all of the engine.
await import('../saga-lite/millrace-engine.ts');
const missed = edits.filter(({ file }) => !loaded.has(file));
if (missed.length > 0)
  throw new Error(
    `${roles} never loads ${missed.map(({ file }) => file).join(', ')}: it is not switched off`,
  );
