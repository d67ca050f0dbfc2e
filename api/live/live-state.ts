import { hash } from 'node:crypto';
import type { Answer } from '../http/answer.ts';
import { toProblem, toProblemAnswer } from '../http/problem.ts';
import type { LiveRule } from '../http/route.ts';

/** What a resource is to those who watch it, as its last question told. */
export interface LiveState {
  readonly is: 'answer' | 'problem';
  readonly status: number;
  /** What GET would answer: JSON on one line. */
  readonly body: string;
  /** Differs where a reader sees another answer: 16 hex characters. */
  readonly tag: string;
}

const tagOf = (text: string): string => hash('sha256', text, 'hex').slice(0, 16);

/** A good answer. What `rule` leaves out makes no new state. */
export const answerState = ({ status, body }: Answer, { saysOf }: LiveRule): LiveState => ({
  is: 'answer',
  status,
  body,
  tag: tagOf(saysOf ? saysOf(body) : body),
});

/** What went wrong, as GET would tell it; an outage that goes on is one state, whatever the request ids. */
export function problemState(thrown: unknown, requestId: string): LiveState {
  const problem = toProblem(thrown);
  const { status, body } = toProblemAnswer(problem, requestId);
  return { is: 'problem', status, body, tag: tagOf(`${problem.code} ${problem.message}`) };
}
