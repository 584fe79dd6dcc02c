import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GRAPH_STRINGS } from '../../../src/protocol/graphStrings';
import { loadGraph } from '../../../src/recipe/graph/loadGraph';
import { saveModel } from '../../../src/runtime/modelFile';
import { layoutGraph } from '../../../webview/graph/layout/layoutGraph';
import { buildDisplayGraph } from '../../../webview/graph/model/displayGraph';
import { buildAllGroups } from '../../../webview/graph/model/groups';
import { buildScene } from '../../../webview/graph/scene/buildScene';
import { edgeLabelWidth, toLayoutGraph } from '../../../webview/graph/scene/measure';
import { sceneToSvg } from '../../../webview/graph/scene/svg';
import { NETWORKS } from '../../fixtures/networks';
import { LIGHT_THEME } from './scene/lightTheme';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'scenes-'));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** From the file to the picture, by all that the panel does, with everything open. */
async function drawNetwork(name: string): Promise<string> {
  const path = join(folder, `${name}.onnx`);
  const make = NETWORKS[name];
  if (make === undefined) throw new Error(`no network ${name}`);
  saveModel(make(), path, { overwrite: true });
  const document = await loadGraph(path);
  const groups = buildAllGroups(document, GRAPH_STRINGS);
  const holders = document.graphs.flatMap(({ owner }) =>
    owner === undefined ? [] : [`n:${String(owner.graph)}/${String(owner.node)}`],
  );
  const expanded = new Set([...groups.flatMap((tree) => tree.groups.map(({ key }) => key)), ...holders]);
  const display = buildDisplayGraph(document, groups, { graph: 0, expanded, raw: false, strings: GRAPH_STRINGS });
  const scene = buildScene(display, layoutGraph(toLayoutGraph(display)), display.edges.map(edgeLabelWidth));
  return sceneToSvg(scene, LIGHT_THEME, { title: name, countText: (count) => `${String(count)} nodes` });
}

describe('a network of the family', () => {
  it.each(Object.keys(NETWORKS))('%s is drawn as the picture has it', async (name) => {
    await expect(await drawNetwork(name)).toMatchFileSnapshot(`golden/${name}.svg`);
  });
});
