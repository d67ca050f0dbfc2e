/** For stacks that are gone within two minutes: what a JVM's second compiler takes, it gives back to longer ones alone. */
export const shortLived = { JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1' } as const;
