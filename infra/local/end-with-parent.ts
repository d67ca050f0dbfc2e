import { endProcess, type ProcessIdentity } from './process-identity.ts';

// Its stdin is a pipe from the parent: the end of it is the parent's end, however it died.
let text = '';
process.stdin.setEncoding('utf8');
for await (const chunk of process.stdin) text += String(chunk);
const identities = text === '' ? [] : (JSON.parse(text) as readonly ProcessIdentity[]);
await Promise.all(identities.map((identity) => endProcess(identity, 2_000)));
