/** Creates an SVG element with attributes and children; text becomes a text node. */
export function svgElement<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, string | number>> = {},
  ...children: readonly (Node | string)[]
): SVGElementTagNameMap[K] {
  const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

let lastId = 0;

/** An SVG picture that screen readers read as `title` and `description`. */
export function svgPicture(
  width: number,
  height: number,
  title: string,
  description: string,
  ...children: readonly Node[]
): SVGSVGElement {
  const id = `picture-${++lastId}`;
  return svgElement(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      class: 'chart',
      role: 'img',
      'aria-labelledby': `${id}-title`,
      'aria-describedby': `${id}-description`,
    },
    svgElement('title', { id: `${id}-title` }, title),
    svgElement('desc', { id: `${id}-description` }, description),
    ...children,
  );
}
