import { fileURLToPath } from 'node:url';
import { testedMutants } from './tested-mutants.ts';
import { plantedTexts } from './plant.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A plugin of the test runner that loads a tested mutant's edits; no file is changed. Throws on an unknown name. */
export function plantingPlugin(name: string) {
  const mutant = testedMutants.find((each) => each.name === name);
  if (!mutant) throw new Error(`there is no tested mutant ${name}`);
  const texts = plantedTexts(mutant.edits);
  return {
    name: 'plant-mutant',
    enforce: 'pre' as const,
    load: (id: string): string | undefined =>
      id.startsWith(root) ? texts.get(id.slice(root.length)) : undefined,
  };
}
