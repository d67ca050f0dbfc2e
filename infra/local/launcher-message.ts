import type { StackSummary } from './stack-status.ts';

/** What the background launcher tells the command that started it. */
export type LauncherMessage =
  | { readonly type: 'step'; readonly text: string }
  | { readonly type: 'ready'; readonly summary: StackSummary }
  | { readonly type: 'failed'; readonly text: string; readonly exitCode: number };
