import { tenth } from './wirePath';

/** Characters that XML does not allow, even escaped; lone halves of surrogate pairs among them. */
// eslint-disable-next-line no-control-regex -- control characters are what it is about
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\ud800-\udfff]/gu;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in XML, in content and in attributes alike. What XML does not allow becomes U+FFFD. */
export function escapeXml(text: string): string {
  return text.replace(NOT_XML, '\ufffd').replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
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
