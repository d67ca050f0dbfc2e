import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import {
  type Config,
  repositoryRoot,
  toFieldName,
  type VariableName,
  variableNames,
  variablePrefix,
  variables,
} from './variables.ts';
import { exitCodes } from './exit-codes.ts';

export type { Config, VariableName } from './variables.ts';
export { repositoryRoot } from './variables.ts';

export interface ConfigFault {
  /** The variable as the environment spells it, for example `MILLRACE_HTTP_PORT`. */
  readonly name: string;
  /** What stood there; `(secret)` for secrets, `nothing` when it is missing. */
  readonly got: string;
  readonly wanted: string;
  readonly example: string;
}

/** Every fault of the configuration at once. The caller prints `message` and exits with `exitCode`. */
export class ConfigError extends Error {
  readonly faults: readonly ConfigFault[];
  readonly exitCode = exitCodes.config;
  constructor(faults: readonly ConfigFault[]) {
    const lines = faults.map(
      (f) => `  ${f.name}: got ${f.got}, wanted ${f.wanted}; for example ${f.example}`,
    );
    super(
      `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in the configuration:\n${lines.join('\n')}`,
    );
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** Where a value came from, strongest first. `local stack` = what the running local stack says of itself. */
export type Source = 'flag' | 'environment' | 'file' | '.env' | 'local stack' | 'default';

export type Overrides = Readonly<Partial<Record<VariableName, string>>>;

export interface ConfigSources {
  /** Addresses and secrets of the local stack: stronger than the defaults, weaker than all a person wrote. */
  readonly localStack?: Overrides;
  /** For tests; `process.env` otherwise. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** For tests; the `.env` of the repository's root otherwise. */
  readonly envFile?: string;
}

export interface DescribedVariable {
  readonly name: string;
  /** `null` = not given; secrets are masked. */
  readonly value: string | null;
  readonly source: Source | null;
  readonly secret: boolean;
  readonly help: string;
  readonly wanted: string;
  readonly example: string;
}

interface Found {
  readonly text: string;
  readonly source: Source;
}

interface Gathered {
  readonly found: ReadonlyMap<VariableName, Found>;
  readonly faults: readonly ConfigFault[];
}

const schemaOfAll = z.strictObject(
  Object.fromEntries(variableNames.map((name) => [variablePrefix + name, variables[name].schema])),
);

const isVariableName = (name: string): name is VariableName => Object.hasOwn(variables, name);

function readTextFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // absent or unreadable: the caller says which file and what was wanted of it
  }
}

function unknownVariable(name: string): ConfigFault {
  const bare = name.slice(variablePrefix.length);
  const like = variableNames.find((known) => known.startsWith(bare.slice(0, 4))) ?? 'HTTP_PORT';
  return {
    name,
    got: 'a variable nobody reads',
    wanted: 'a name that `millrace config --schema` lists',
    example: variablePrefix + like,
  };
}

/** Reads one layer (environment or `.env`) into name -> text; `X_FILE` is followed for secrets. */
function readLayer(layer: Readonly<Record<string, string | undefined>>, source: Source): Gathered {
  const found = new Map<VariableName, Found>();
  const faults: ConfigFault[] = [];
  for (const [fullName, text] of Object.entries(layer)) {
    if (!fullName.startsWith(variablePrefix) || text === undefined) continue;
    const name = fullName.slice(variablePrefix.length);
    const target = name.replace(/_FILE$/, '');
    if (isVariableName(name)) {
      if (!found.has(name)) found.set(name, { text, source });
    } else if (name.endsWith('_FILE') && isVariableName(target) && variables[target].secret) {
      const content = readTextFile(path.resolve(repositoryRoot, text))?.trim();
      if (content === undefined) {
        faults.push({
          name: fullName,
          got: JSON.stringify(text),
          wanted: 'a file that can be read',
          example: '/run/secrets/fingerprint',
        });
      } else found.set(target, { text: content, source: 'file' });
    } else faults.push(unknownVariable(fullName));
  }
  return { found, faults };
}

function gather(flags: Overrides, sources: ConfigSources): Gathered {
  const envFile = readTextFile(sources.envFile ?? path.join(repositoryRoot, '.env'));
  const layers = [
    readLayer(prefixed(flags), 'flag'),
    readLayer(sources.env ?? process.env, 'environment'),
    readLayer(envFile === undefined ? {} : parseEnv(envFile), '.env'),
    readLayer(prefixed(sources.localStack ?? {}), 'local stack'),
  ];
  const found = new Map<VariableName, Found>();
  for (const name of variableNames) {
    const value = layers.map((layer) => layer.found.get(name)).find((v) => v !== undefined);
    const fallback = variables[name].fallback;
    if (value !== undefined) found.set(name, value);
    else if (fallback !== undefined) found.set(name, { text: fallback, source: 'default' });
  }
  return { found, faults: layers.flatMap((layer) => layer.faults) };
}

const prefixed = (values: Overrides): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(values).map(([name, text]) => [variablePrefix + name, text]));

function parse({ found, faults }: Gathered): {
  fields: Record<string, unknown>;
  faults: readonly ConfigFault[];
} {
  const input = Object.fromEntries([...found].map(([name, { text }]) => [variablePrefix + name, text]));
  const parsed = schemaOfAll.safeParse(input);
  const bad = new Set(parsed.success ? [] : parsed.error.issues.map((issue) => String(issue.path[0])));
  const wrong = variableNames
    .filter((name) => bad.has(variablePrefix + name))
    .map((name): ConfigFault => {
      const of = variables[name];
      const value = found.get(name);
      const shown = of.secret ? '(secret)' : withoutUser(JSON.stringify(value?.text));
      return {
        name: variablePrefix + name,
        got: value === undefined ? 'nothing' : `${shown} (${value.source})`,
        wanted: of.wanted,
        example: of.example,
      };
    });
  const fields = parsed.success
    ? Object.fromEntries(variableNames.map((name) => [toFieldName(name), parsed.data[variablePrefix + name]]))
    : {};
  return {
    fields,
    faults: [...faults, ...wrong, ...halfFaults(found), ...strayFaults(found), ...shopFaults(found)],
  };
}

/** The shop takes orders of anybody, paid by test tokens: no real provider may be asked for their money. */
function shopFaults(found: ReadonlyMap<VariableName, Found>): readonly ConfigFault[] {
  const isOpen = (found.get('SHOP_KEY')?.text ?? '') !== '';
  const provider = found.get('PSP')?.text ?? '';
  if (!isOpen || provider === 'simulator') return [];
  const name = `${variablePrefix}SHOP_KEY`;
  const wanted = `nothing where ${variablePrefix}PSP is ${provider}: the shop takes test tokens of anybody`;
  return [{ name, got: '(secret)', wanted, example: `${variablePrefix}PSP=simulator` }];
}

/** A URL refused for the password in it must not be told with it. */
const withoutUser = (text: string | undefined): string | undefined =>
  text?.replace(/\/\/[^/@]*@/, '//(user)@');

/** Variables that say nothing without each other. */
const pairs: readonly (readonly [VariableName, VariableName])[] = [
  ['HTTP_TLS_CERTIFICATE', 'HTTP_TLS_KEY'],
  ['KAFKA_USERNAME', 'KAFKA_PASSWORD'],
  ['REGISTRY_USERNAME', 'REGISTRY_PASSWORD'],
  ['CLICKHOUSE_USERNAME', 'CLICKHOUSE_PASSWORD'],
];

function halfFaults(found: ReadonlyMap<VariableName, Found>): ConfigFault[] {
  const isGiven = (name: VariableName): boolean => (found.get(name)?.text ?? '') !== '';
  return pairs
    .flatMap(([one, other]) => [[one, other] as const, [other, one] as const])
    .filter(([given, missing]) => isGiven(given) && !isGiven(missing))
    .map(([given, missing]) => ({
      name: variablePrefix + missing,
      got: 'nothing',
      wanted: `a value beside ${variablePrefix}${given}`,
      example: variables[missing].example,
    }));
}

/** What may only be set where every broker is on this machine: nobody crashes a real pipeline by a variable. */
function strayFaults(found: ReadonlyMap<VariableName, Found>): ConfigFault[] {
  const brokers = found.get('KAFKA_BROKERS')?.text.split(',') ?? [];
  if (brokers.every((broker) => /^(127\.[\d.]+|localhost|\[::1\]):\d+$/.test(broker.trim()))) return [];
  return variableNames.flatMap((name) => {
    const value = found.get(name);
    if (variables[name].localOnly !== true || value === undefined || value.text === '') return [];
    const wanted = 'nothing: not all Kafka brokers are on this machine';
    return [
      {
        name: variablePrefix + name,
        got: `${JSON.stringify(value.text)} (${value.source})`,
        wanted,
        example: '',
      },
    ];
  });
}

/**
 * The one reader of `process.env`. `flags` are texts by variable name without prefix (`{ HTTP_PORT: '0' }`) and win over
 * the environment, that over `.env`, that over the local stack, that over the defaults.
 * Throws `ConfigError` with all faults at once.
 */
export function loadConfig(flags: Overrides = {}, sources: ConfigSources = {}): Config {
  const { fields, faults } = parse(gather(flags, sources));
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(fields) as Config;
}

/** What `millrace config` shows: each variable with value and source, secrets masked, and the faults; never throws. */
export function describeConfig(
  flags: Overrides = {},
  sources: ConfigSources = {},
): { readonly variables: readonly DescribedVariable[]; readonly faults: readonly ConfigFault[] } {
  const gathered = gather(flags, sources);
  const described = variableNames.map((name): DescribedVariable => {
    const value = gathered.found.get(name);
    const { secret = false, help, wanted, example } = variables[name];
    return {
      name: variablePrefix + name,
      value: value === undefined ? null : secret ? '********' : value.text,
      source: value?.source ?? null,
      secret,
      help,
      wanted,
      example,
    };
  });
  return { variables: described, faults: parse(gathered).faults };
}

/** The variables that a person set (by flag, environment, file or `.env`), with their texts: the launcher starts no engine of its own for these. */
export function givenVariables(flags: Overrides = {}, sources: ConfigSources = {}): Overrides {
  const { found } = gather(flags, { ...sources, localStack: {} });
  return Object.fromEntries(
    [...found].filter(([, v]) => v.source !== 'default').map(([name, v]) => [name, v.text]),
  );
}

/** Every variable's text by its full name, checked: the environment of a child that must see what this process sees. Throws `ConfigError`. */
export function toEnvironment(
  flags: Overrides = {},
  sources: ConfigSources = {},
): Readonly<Record<string, string>> {
  const gathered = gather(flags, sources);
  const { faults } = parse(gathered);
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.fromEntries([...gathered.found].map(([name, { text }]) => [variablePrefix + name, text]));
}
