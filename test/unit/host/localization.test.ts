import { existsSync, readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { COMPARISON_STRINGS } from '../../../src/protocol/comparisonStrings';
import { GRAPH_STRINGS } from '../../../src/protocol/graphStrings';
import { RECIPE_FORM_STRINGS } from '../../../src/protocol/recipeForm';
import { RECIPE_TEXTS } from '../../../src/protocol/recipeTexts';
import { RUNS_STRINGS } from '../../../src/protocol/runsStrings';
import { TRAIN_STRINGS } from '../../../src/protocol/trainStrings';

const LANGUAGES = ['zh-cn'];

/** Reads a JSON file of texts. */
function texts(path: string): Record<string, string> {
  // Every value of these files is a string; the tests compare them as such.
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, string>;
}

/** The tables of texts of the webviews, and the files that translate a table instead of plain strings. */
const TABLES = [GRAPH_STRINGS, COMPARISON_STRINGS, RUNS_STRINGS, RECIPE_TEXTS, RECIPE_FORM_STRINGS, TRAIN_STRINGS];
const TABLE_FILES = ['src/host/panels/graphStrings.ts', 'src/host/panels/comparisonStrings.ts'];

/** Every text that the host translates: the first argument of each `l10n.t` call, and the tables of the webviews. */
function translatedTexts(): string[] {
  const found: string[] = TABLES.flatMap((table) => Object.values<string>(table));
  const files = readdirSync('src/host', { recursive: true, encoding: 'utf8' }).map((name) => `src/host/${name}`);
  for (const path of ['src/extension.ts', ...files].filter(
    (name) => name.endsWith('.ts') && !TABLE_FILES.includes(name),
  )) {
    const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && /(^|\.)l10n\.t$/.test(node.expression.getText(source))) {
        const [first] = node.arguments;
        if (first === undefined || !ts.isStringLiteralLike(first)) {
          throw new Error(`${path}: l10n.t needs a plain string, not ${first?.getText(source) ?? 'nothing'}.`);
        }
        found.push(first.text);
      }
      node.forEachChild(visit);
    };
    visit(source);
  }
  return [...new Set(found)].sort();
}

/** `{0}`, `{1}`... of a text, sorted. */
function placeholders(text: string): string {
  return [...text.matchAll(/\{\d+\}/g)]
    .map(([match]) => match)
    .sort()
    .join(' ');
}

/** Names and numbers that read the same in every language. */
const SAME_IN_EVERY_LANGUAGE = new Set(['displayName']);

describe.each(LANGUAGES)('%s', (language) => {
  const bundle = texts(`l10n/bundle.l10n.${language}.json`);

  it('translates every text of the host and nothing that is gone', () => {
    expect(Object.keys(bundle).sort()).toEqual(translatedTexts());
  });

  it('keeps the placeholders of every text', () => {
    const broken = Object.entries(bundle).filter(([from, to]) => placeholders(from) !== placeholders(to));
    expect(broken).toEqual([]);
  });

  it('translates every %key% of package.json', () => {
    const english = texts('package.nls.json');
    const translated = texts(`package.nls.${language}.json`);
    const used = [...readFileSync('package.json', 'utf8').matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key ?? '');
    expect(Object.keys(english).sort()).toEqual([...new Set(used)].sort());
    expect(Object.keys(translated).sort()).toEqual(Object.keys(english).sort());
    const untranslated = Object.keys(english).filter(
      (key) => translated[key] === english[key] && !SAME_IN_EVERY_LANGUAGE.has(key),
    );
    expect(untranslated).toEqual([]);
  });

  it('has every page of the walkthrough', () => {
    const pages = [...readFileSync('package.json', 'utf8').matchAll(/"(media\/walkthrough\/\w+)\.md"/g)];
    expect(pages.length).toBeGreaterThan(0);
    expect(pages.filter(([, page]) => !existsSync(`${page}.md`) || !existsSync(`${page}.nls.${language}.md`))).toEqual(
      [],
    );
  });
});
