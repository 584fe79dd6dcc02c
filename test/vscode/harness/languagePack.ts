import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes `language` a display language of the server with the data folder `dataFolder`, before its start.
 * The pack translates nothing of VS Code itself: its words stay English, and an extension shows its own translation.
 */
export function addLanguagePack(dataFolder: string, language: string): void {
  const userData = join(dataFolder, 'data');
  const messages = join(userData, `messages.${language}.json`);
  const extensions = [{ extensionIdentifier: { id: 'onnx-press.language-pack' }, version: '1.0.0' }];
  const pack = { hash: 'onnx-press', label: language, extensions, translations: { vscode: messages } };
  mkdirSync(userData, { recursive: true });
  writeFileSync(messages, JSON.stringify({ contents: {} }));
  writeFileSync(join(userData, 'languagepacks.json'), JSON.stringify({ [language]: pack }));
}
