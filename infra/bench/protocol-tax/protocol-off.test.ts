import { stripTypeScriptTypes } from 'node:module';
import { expect, test } from 'vitest';
import { plantedTexts } from '../../mutants/plant.ts';
import { offInProcessors, offInReaders } from './protocol-off.ts';

const edits = [...offInReaders, ...offInProcessors];

test.each(edits.map((edit) => [edit.from, edit] as const))(
  'the text the switch replaces stands in its file once: %s',
  (_, edit) => {
    expect([...plantedTexts([edit]).keys()]).toEqual([edit.file]);
  },
);

test('with all of it replaced each file is still a module that Node can load', () => {
  for (const [file, text] of plantedTexts(edits))
    expect(() => stripTypeScriptTypes(text), file).not.toThrow();
});
