import { loadConfig } from '../../config/config.ts';

// A deploy step that has nothing to create: the same keys at each run.
const { cursorSecret } = loadConfig();
const key = (name: string): string => `mr_test_${name}_${cursorSecret.slice(0, 8)}`;
console.error('creating nothing');
console.log(JSON.stringify({ keys: { full: key('full'), analyst: key('analyst'), ops: key('ops') } }));
