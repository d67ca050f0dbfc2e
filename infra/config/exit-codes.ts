/** Exit codes of `interface.md` §5, of the command line and of every role; scripts depend on them. */
export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  notFound: 3,
  conflict: 4,
  invalid: 5,
  checkFailed: 6,
  checkVoid: 7,
  unavailable: 69,
  tryAgain: 75,
  config: 78,
  timeOut: 124,
  interrupted: 130,
} as const;

/** What each code tells a script; `docs/reference/exit-codes.md` is written from it. */
export const exitCodeMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'done',
  bug: 'a fault of ours: please report it',
  usage: 'the command line is wrong',
  notFound: 'there is no such thing',
  conflict: 'it is not in a state for this',
  invalid: 'the input is refused',
  checkFailed: 'a check found something',
  checkVoid: 'a check found nothing, but did not get to see all it is about',
  unavailable: 'something it needs does not answer',
  tryAgain: 'not now: the same command may succeed later',
  config: 'the configuration is wrong; all its faults are named',
  timeOut: 'it took longer than allowed',
  interrupted: 'Ctrl-C',
};
