import { variableNames, variablePrefix, variables } from './variables.ts';

/** The text of `.env.example`, generated from the variable table; a test compares the committed file with it. */
export function envExample(): string {
  const head = [
    '# Millrace: every variable, its meaning and its default. Copy to .env and uncomment what you change.',
    '# Written from infra/config/variables.ts by: npx millrace config --example > .env.example',
    '# Flag over environment over .env over default. A secret X may come from a file: MILLRACE_X_FILE=/run/secrets/x',
  ];
  const body = variableNames.flatMap((name) => {
    const { help, wanted, fallback, fallbackVaries, secret, example } = variables[name];
    const value = fallbackVaries ? example : (fallback ?? '');
    return [
      '',
      `# ${help}: ${wanted}.${secret && fallback === undefined ? ' Made once by the local stack.' : ''}`,
      `#${variablePrefix}${name}=${value}`,
    ];
  });
  return `${[...head, ...body].join('\n')}\n`;
}
