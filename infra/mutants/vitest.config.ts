import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import plain from '../../vitest.config.ts';
import { testedMutants } from './mutants.ts';
import { plantedTexts } from './plant.ts';

// The tests as always, with the edits of the mutant that MILLRACE_MUTANT names in what they load; no file is changed.
const name = process.env['MILLRACE_MUTANT'];
const mutant = testedMutants.find((each) => each.name === name);
if (!mutant) throw new Error(`MILLRACE_MUTANT names no mutant: ${name}`);
const root = fileURLToPath(new URL('../../', import.meta.url));
const texts = plantedTexts(mutant.edits);

const planting: Plugin = {
  name: 'plant-mutant',
  enforce: 'pre',
  load: (id) => (id.startsWith(root) ? texts.get(id.slice(root.length)) : undefined),
};

const projects = plain.test?.projects ?? [];
export default defineConfig({
  root,
  test: {
    projects: projects.map((project) =>
      typeof project === 'object' && 'test' in project ? { ...project, plugins: [planting] } : project,
    ),
  },
});
