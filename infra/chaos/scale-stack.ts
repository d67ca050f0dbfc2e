import { askLauncher } from '../local/control-socket.ts';
import { slotNames } from '../local/role-slot.ts';
import { scaleAnswerSchema } from '../local/scale-answer.ts';
import type { ChaosStack } from './chaos-stack.ts';

/** Scales roles up to what a scenario needs; what it returns puts them back. Resolves when all are ready. */
export async function scaleTo(
  stack: ChaosStack,
  wanted: Readonly<Record<string, number>>,
): Promise<() => Promise<void>> {
  const before = new Map<string, number>();
  const { processes } = await stack.status();
  for (const [role, instances] of Object.entries(wanted)) {
    const now = processes.filter(({ name }) => name.replace(/-\d+$/, '') === role).length;
    if (now >= instances) continue;
    before.set(role, now);
    await scale(stack, role, instances);
    for (const name of slotNames({ role, main: '', instances })) await stack.untilReady(name);
  }
  return async () => {
    for (const [role, instances] of before) await scale(stack, role, instances);
  };
}

async function scale({ config }: ChaosStack, role: string, instances: number): Promise<void> {
  const answer = scaleAnswerSchema.parse(await askLauncher(config.dataDir, { do: 'scale', role, instances }));
  if (answer.is === 'refused') throw new Error(answer.message);
}
