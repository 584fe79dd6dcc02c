import {
  type Checkbox,
  provideVSCodeDesignSystem,
  type TextField,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { createIcon, type IconName } from './icons';

let areRegistered = false;

/**
 * Registers the toolkit's elements, once however often it is called; those that a page has already are upgraded, with
 * what was set on them. The only file that knows the toolkit.
 */
export function registerControls(): void {
  if (areRegistered) return;
  areRegistered = true;
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeTextField(), vsCodeBadge(), vsCodeCheckbox());
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

/** A one-line text field of a form, told about when the person leaves it or presses Enter; its label stands beside it. */
export function createFormField(label: string, value: string, onCommit: (value: string) => void): HTMLElement {
  // The registered element of this name is the toolkit's text field.
  const field = document.createElement('vscode-text-field') as TextField;
  field.setAttribute('aria-label', label);
  field.setAttribute('value', value);
  field.addEventListener('change', () => onCommit(field.value));
  return field;
}

/** A small count beside a heading. */
export function createBadge(text: string): HTMLElement {
  const badge = document.createElement('vscode-badge');
  badge.textContent = text;
  return badge;
}

/** A button of a tool bar: an icon, with its text for screen readers and as a tip. */
export function createToolButton(icon: IconName, text: string, onClick: () => void): HTMLElement {
  const button = document.createElement('vscode-button');
  button.setAttribute('appearance', 'icon');
  button.setAttribute('class', 'tool');
  button.setAttribute('aria-label', text);
  button.setAttribute('title', text);
  button.append(createIcon(icon));
  button.addEventListener('click', onClick);
  return button;
}

/** Shows a tool button as pressed in or not: for what is switched on and off. */
export function setPressed(button: HTMLElement, isPressed: boolean): void {
  button.setAttribute('aria-pressed', String(isPressed));
}

/** Makes a control usable or not. */
export function setDisabled(control: HTMLElement, isDisabled: boolean): void {
  control.toggleAttribute('disabled', isDisabled);
}

/** A check box with its label. */
export function createCheckbox(label: string, checked: boolean, onChange: (checked: boolean) => void): HTMLElement {
  // The registered element of this name is the toolkit's check box.
  const box = document.createElement('vscode-checkbox') as Checkbox;
  box.textContent = label;
  box.toggleAttribute('checked', checked);
  box.addEventListener('change', () => onChange(box.checked));
  return box;
}

/** Ticks a check box, or not, without telling its listener. */
export function setChecked(box: HTMLElement, checked: boolean): void {
  // Made by `createCheckbox`.
  (box as Checkbox).checked = checked;
}

/** Puts a text into a field without telling its listener. */
export function setText(field: HTMLElement, value: string): void {
  // Made by `createTextField`.
  (field as TextField).value = value;
}
