// Plain JavaScript for whatever Node is there (20 or newer): brings the dependencies, and with them the Node that the rest
// is written for. Nothing but Node's own modules may be imported here.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(
  import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
  '../..',
);
const ownNode = path.join(root, 'node_modules/.bin/node');

const readJson = (file) => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // absent or half-written: the same as not installed
  }
};

/**
 * Why `npm ci` must run, in words; undefined when what npm installed (its own record of it) is what the lockfile says.
 * Optional packages of other platforms are in the lockfile and never installed.
 */
export function whyInstall(folder) {
  const wanted = readJson(path.join(folder, 'package-lock.json'))?.packages ?? {};
  const installed = readJson(path.join(folder, 'node_modules/.package-lock.json'))?.packages;
  if (installed === undefined) return 'nothing is installed yet';
  for (const [name, of] of Object.entries(wanted)) {
    if (name === '') continue;
    const have = installed[name];
    if (have === undefined && !of.optional) return `${name} is missing`;
    if (have !== undefined && (have.version !== of.version || have.integrity !== of.integrity))
      return `${name} is another version`;
  }
  const extra = Object.keys(installed).find((name) => wanted[name] === undefined);
  return extra === undefined ? undefined : `${extra} is no longer wanted`;
}

const fail = (what, fix) => {
  process.stderr.write(`${what} Fix: ${fix}\n`);
  process.exit(69);
};

const versionOf = (command, args = ['--version']) => {
  const ran = spawnSync(command, args, { encoding: 'utf8', shell: process.platform === 'win32' });
  return ran.status === 0 ? ran.stdout.trim() : undefined;
};

const ownNodeVersion = () => {
  const lock = readJson(path.join(root, 'package-lock.json'));
  return `v${lock?.packages?.['node_modules/node']?.version ?? '24'}`;
};

/** Installs what the lockfile says where it is not there, and ends the process with one line where that is impossible. */
export function ensureInstalled() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20)
    fail(
      `Node ${process.versions.node} is too old to begin with.`,
      'install Node 20 or newer (https://nodejs.org)',
    );
  const why = whyInstall(root);
  if (why !== undefined) {
    const npm = versionOf('npm');
    if (npm === undefined) fail('npm is missing.', 'install Node 20 or newer with npm (https://nodejs.org)');
    process.stderr.write(`installing dependencies with npm ${npm} (${why})\n`);
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    const ran = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2] });
    if (ran.status !== 0) fail('npm ci failed (above).', 'check the network and the disk, then start again');
  }
  if (versionOf(ownNode) !== ownNodeVersion()) {
    // The package `node` unpacks in its install script, which a person's npmrc may forbid.
    spawnSync('npm', ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error'], {
      cwd: root,
      stdio: ['ignore', 2, 2],
    });
    const got = versionOf(ownNode);
    if (got !== ownNodeVersion()) {
      fail(
        `node_modules/.bin/node is ${got ?? 'missing'}, not ${ownNodeVersion()}.`,
        'npm rebuild node --ignore-scripts=false',
      );
    }
  }
}

/** Runs a file under the repository's own Node in this process's place: same streams, signals handed on, its exit code. */
export function runUnderOwnNode(file, args) {
  const node = existsSync(ownNode) ? ownNode : process.execPath;
  // Stripped and compiled files are kept: the second start of a process takes half the time and 18 MB less.
  const env = { NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/compiled'), ...process.env };
  const child = spawn(node, [path.join(root, file), ...args], { stdio: 'inherit', env });
  // Ctrl-C reaches the child from the terminal as well, and takes it twice for one; a supervisor signals us alone.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${node} cannot be started: ${error.message}.`, 'npm ci'));
  child.on('exit', (code, signal) =>
    process.exit(signal === null ? (code ?? 1) : 128 + (signal === 'SIGINT' ? 2 : 15)),
  );
}
