import { endWithReader } from './closed-output.ts';
import { commands } from './commands.ts';
import { runCli } from './run-cli.ts';

endWithReader();
process.exitCode = await runCli(commands, process.argv.slice(2));
