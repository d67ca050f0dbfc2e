/** Commands of a Redis that is none, by name; each gives its reply. */
export type FakeCommands = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What `redis.pipeline()` gives, over such commands: they run in their order when it is executed. */
export function fakePipeline(commands: FakeCommands): unknown {
  const calls: (() => unknown)[] = [];
  const pipeline: unknown = new Proxy(
    {},
    {
      get: (_, name) => {
        if (name === 'length') return calls.length;
        if (name === 'exec')
          return () => Promise.all(calls.map(async (call) => [null, await call()] as const));
        return (...args: never[]) => {
          calls.push(() => commands[String(name)]?.(...args));
          return pipeline;
        };
      },
    },
  );
  return pipeline;
}
