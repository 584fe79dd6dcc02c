import { paintCategories, SCALE_STEPS, type GraphTheme, type Paint } from '../scene/theme';

/** Reads the colours that the style sheet and the theme of VS Code give an element, for canvases and pictures. */
export function readTheme(view: Element): GraphTheme {
  const style = getComputedStyle(view);
  const read = (name: string): string => style.getPropertyValue(`--graph-${name}`).trim();
  const titleFill = read('title-fill');
  const titleInk = read('title-ink');
  return {
    background: read('background'),
    surface: read('surface'),
    text: read('text'),
    mutedText: read('muted'),
    border: read('border'),
    containers: [read('container'), read('container-inner')],
    containerBorder: read('container-border'),
    wire: read('wire'),
    laneWire: read('lane-wire'),
    quantized: read('quantized'),
    accent: read('accent'),
    changes: { added: read('added'), removed: read('removed'), changed: read('changed') },
    categories: paintCategories((category): Paint => {
      const color = read(category);
      return { fill: titleFill || color, ink: titleInk || color, edge: color };
    }),
    scale: Array.from({ length: SCALE_STEPS }, (_none, i): Paint => ({
      fill: read(`scale-${i}`),
      ink: read(`scale-ink-${i}`),
      edge: read('border'),
    })),
  };
}

/** Calls back whenever VS Code changes the theme: it sets a class on the body and variables on the root. */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] });
  return () => observer.disconnect();
}
