import {
  provideVSCodeDesignSystem,
  type TextField,
  vsCodeBadge,
  vsCodeButton,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';

/** Registers the toolkit's elements; call once before any is created. The only file that knows the toolkit. */
export function registerControls(): void {
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextField(), vsCodeBadge());
}

/** A button with a text; `primary` for the one main action of a group. */
export function createButton(text: string, primary: boolean, onClick: () => void): HTMLElement {
  const button = document.createElement('vscode-button');
  button.setAttribute('appearance', primary ? 'primary' : 'secondary');
  button.textContent = text;
  button.addEventListener('click', onClick);
  return button;
}

/** A one-line text field whose label is read by screen readers and shown as placeholder. */
export function createTextField(label: string, value: string, onInput: (value: string) => void): HTMLElement {
  // The registered element of this name is the toolkit's text field.
  const field = document.createElement('vscode-text-field') as TextField;
  field.setAttribute('placeholder', label);
  field.setAttribute('aria-label', label);
  field.setAttribute('value', value);
  field.addEventListener('input', () => onInput(field.value));
  return field;
}

/** A small count beside a heading. */
export function createBadge(text: string): HTMLElement {
  const badge = document.createElement('vscode-badge');
  badge.textContent = text;
  return badge;
}
