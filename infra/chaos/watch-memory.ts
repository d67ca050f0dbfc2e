import { processRssBytes } from '../bench/process-cpu.ts';
import type { ChaosStack } from './chaos-stack.ts';
import type { Away } from './faults.ts';

/** Resident memory of a process around an outage, in MB (10^6 bytes); 0 where `/proc` does not show it. */
export interface Memory {
  /** The most it held in the last seconds before. */
  readonly beforeMb: number;
  /** The most it held during it. */
  readonly mostMb: number;
  /** It is the same process before and after. */
  readonly lived: boolean;
}

export interface MemoryWatch {
  stop(): void;
  /** By process name. */
  told(away: Away): Readonly<Record<string, Memory>>;
}

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

const beforeMs = 3_000;
const sampleEveryMs = 250;
const megabyte = 1_000_000;

/** Samples the memory of each process of a role; resolves when it knows what they hold before the outage. */
export async function watchMemory(stack: Pick<ChaosStack, 'status'>, role: string): Promise<MemoryWatch> {
  const { processes } = await stack.status();
  const watched = processes.flatMap(({ name, pid }) =>
    name.startsWith(`${role}-`) && pid !== null ? [{ name, pid, samples: [] as Sample[] }] : [],
  );
  const sample = (): void => {
    const atMs = Date.now();
    for (const { pid, samples } of watched) samples.push({ atMs, bytes: processRssBytes(pid) });
  };
  const timer = setInterval(sample, sampleEveryMs);
  await new Promise((resolve) => setTimeout(resolve, beforeMs));
  return {
    stop: () => clearInterval(timer),
    told: (away) =>
      Object.fromEntries(watched.map(({ name, samples }) => [name, memoryAround(samples, away)])),
  };
}

/** What the samples say of an outage; pure. */
export function memoryAround(samples: readonly Sample[], { fromMs, untilMs }: Away): Memory {
  const before = samples.filter(({ atMs }) => atMs < fromMs);
  const during = samples.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs);
  const mostOf = (of: readonly Sample[]): number =>
    Math.round(Math.max(0, ...of.map(({ bytes }) => bytes)) / megabyte);
  return {
    beforeMb: mostOf(before),
    mostMb: mostOf(during),
    lived: during.every(({ bytes }) => bytes > 0),
  };
}
