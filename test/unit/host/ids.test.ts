import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as ids from '../../../src/host/ids';

interface Manifest {
  activationEvents: string[];
  contributes: {
    commands: { command: string; title: string; category?: string }[];
    menus: Record<string, { command: string; when?: string }[]>;
    keybindings: { command: string; when: string }[];
    customEditors: { viewType: string; selector: { filenamePattern: string }[]; priority: string }[];
    views: Record<string, { id: string; when: string }[]>;
    configuration: { properties: Record<string, { default: unknown }> };
    taskDefinitions: { type: string }[];
    problemMatchers: { name: string }[];
    walkthroughs: { id: string; steps: { description: string; media: { markdown: string } }[] }[];
  };
}

const text = readFileSync('package.json', 'utf8');
// The shape is VS Code's; a key that is missing fails the tests below.
const manifest = JSON.parse(text) as Manifest;

function sorted(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

describe('package.json and ids.ts', () => {
  it('name the same commands', () => {
    expect(manifest.contributes.commands.map(({ command }) => command).sort()).toEqual(
      Object.values<string>(ids.CommandId).sort(),
    );
  });

  it('name the same settings', () => {
    expect(Object.keys(manifest.contributes.configuration.properties).sort()).toEqual(
      Object.values<string>(ids.SettingId).sort(),
    );
  });

  it('name the same walkthroughs', () => {
    expect(manifest.contributes.walkthroughs.map(({ id }) => id)).toEqual(Object.values<string>(ids.WalkthroughId));
  });

  it('name the same task types, each with a problem matcher', () => {
    const { taskDefinitions, problemMatchers } = manifest.contributes;
    expect(taskDefinitions.map(({ type }) => type)).toEqual(Object.values<string>(ids.TaskId));
    expect(problemMatchers.map(({ name }) => name)).toEqual(Object.values<string>(ids.TaskId));
  });

  it('name the same custom editors and views', () => {
    expect(manifest.contributes.customEditors.map(({ viewType }) => viewType)).toEqual(Object.values(ids.EditorId));
    const views = Object.values(manifest.contributes.views).flat();
    expect(views.map(({ id }) => id)).toEqual(Object.values(ids.ViewId));
  });

  it('open models as a graph by default, and recipes as text', () => {
    expect(manifest.contributes.customEditors).toEqual([
      expect.objectContaining({ selector: [{ filenamePattern: '*.onnx' }], priority: 'default' }),
      expect.objectContaining({ selector: [{ filenamePattern: '*.press.json' }], priority: 'option' }),
    ]);
  });

  it('depend on no context key of their own that is not set', () => {
    const known = [ids.ContextKey, ids.EditorId, ids.ViewId].flatMap((names) => Object.values<string>(names));
    const used = [...text.matchAll(/"when": "(.*)"/g)].flatMap(([, when]) => when?.match(/onnxPress\.[\w.]+/g) ?? []);
    expect(sorted(used).filter((key) => !known.includes(key))).toEqual([]);
    expect(used).toContain(ids.ContextKey.graphActive);
  });

  it('wake the extension for a workspace with models or recipes, for Python and for every panel that is restored, and for nothing else', () => {
    expect(manifest.activationEvents).toEqual([
      'workspaceContains:**/*.onnx',
      'workspaceContains:**/*.press.json',
      'onLanguage:python',
      ...Object.values(ids.ViewType).map((id) => `onWebviewPanel:${id}`),
    ]);
  });

  it('put only known commands into menus, key bindings and walkthroughs', () => {
    const { menus, keybindings } = manifest.contributes;
    const inMenus = [...Object.values(menus).flat(), ...keybindings].map(({ command }) => command);
    const inText = [...JSON.stringify(manifest.contributes.walkthroughs).matchAll(/onCommand:([\w.]+)/g)].map(
      ([, command]) => command ?? '',
    );
    const known = Object.values<string>(ids.CommandId);
    expect(sorted([...inMenus, ...inText]).filter((command) => !known.includes(command))).toEqual([]);
    expect(inMenus).toContain(ids.CommandId.quantize);
  });
});
