import { endRole, runRole } from '../run-role.ts';

// A role that does what its parent tells it, one word at a time.
const started = Promise.withResolvers<void>();
const stopped = Promise.withResolvers<void>();
let ready = false;

const acts: Readonly<Record<string, () => void>> = {
  start: () => started.resolve(),
  'be-ready': () => (ready = true),
  'be-stopped': () => stopped.resolve(),
  'reject-unseen': () => void Promise.reject(new Error('the moon is in the wrong phase')),
  'lose-consumer': () => endRole(new Error('the group threw us out')),
};
process.on('message', (word) => acts[String(word)]?.());

runRole('told', async () => {
  await started.promise;
  return {
    readiness: () => ({ ready, checks: { moon: ready ? 'full' : 'waning' } }),
    stop: () => stopped.promise,
  };
});
