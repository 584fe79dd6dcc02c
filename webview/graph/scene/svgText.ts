import { visibleText } from './visibleText';
import { tenth } from './wirePath';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in XML, in content and in attributes alike. */
export function escapeXml(text: string): string {
  return visibleText(text).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}

/** Attributes of an SVG element. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Writes an SVG element; numbers are rounded to a tenth, texts escaped. Children are SVG already. */
export function svgElement(name: string, attributes: Attributes, children: readonly string[] = []): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? tenth(value) : escapeXml(value)}"`,
  );
  const head = `<${name}${written.join('')}`;
  return children.length === 0 ? `${head}/>` : `${head}>${children.join('')}</${name}>`;
}

/** Writes an SVG text element. */
export function svgText(text: string, attributes: Attributes): string {
  return svgElement('text', attributes, [escapeXml(text)]);
}
