import type { OperatorCategory } from '../../../../webview/graph/model/display';
import { paintCategories, type GraphTheme } from '../../../../webview/graph/scene/theme';

const FILLS: Partial<Record<OperatorCategory, string>> = {
  convolution: '#1f63b3',
  matrix: '#4f4db8',
  activation: '#a83e30',
  elementwise: '#59616e',
  boundary: '#2f3744',
};

/** Fixed colours for golden pictures. */
export const LIGHT_THEME: GraphTheme = {
  background: '#ffffff',
  surface: '#ffffff',
  text: '#3b3b3b',
  mutedText: '#5b5f66',
  border: '#b9bec6',
  containers: ['#f4f6f9', '#ebeff4'],
  containerBorder: '#b4bccb',
  wire: '#7b828c',
  laneWire: '#c9ced6',
  quantized: '#9c1a6b',
  accent: '#005fb8',
  changes: { added: '#1c7a3a', removed: '#b5261e', changed: '#8a5a00' },
  categories: paintCategories((category) => {
    const fill = FILLS[category] ?? '#666666';
    return { fill, ink: '#ffffff', edge: fill };
  }),
  scale: ['#e9f0f8', '#c3dbef', '#8fc1e3', '#5aa2d3', '#2b74b3', '#155594', '#0a3468'].map((fill, i) => ({
    fill,
    ink: i < 4 ? '#10151c' : '#ffffff',
    edge: '#b9bec6',
  })),
};
