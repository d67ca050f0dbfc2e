/** Commands of a Redis that is none, by name; each gives its reply or throws its error. */
export type FakeCommands = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What `redis.pipeline()` gives, over such commands: they run in their order when it is executed. */
export function fakePipeline(commands: FakeCommands): unknown {
  const calls: (() => unknown)[] = [];
  const pipeline: unknown = new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === 'length') return calls.length;
        if (name === 'exec') return async () => calls.map(replyOf);
        return (...args: never[]) => {
          calls.push(() => commands[String(name)]?.(...args));
          return pipeline;
        };
      },
    },
  );
  return pipeline;
}

/** An error and a reply, as ioredis gives them for each command. */
function replyOf(call: () => unknown): readonly [error: unknown, reply: unknown] {
  try {
    return [null, call()];
  } catch (error) {
    return [error, undefined];
  }
}
