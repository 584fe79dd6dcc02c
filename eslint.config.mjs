import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/**
 * The layers of src/, each with the layers it may import from (besides itself).
 * The table is the architecture: an import that it does not name is an error.
 */
const LAYERS = {
  util: [],
  protocol: [],
  onnx: ['util'],
  runtime: ['util', 'onnx'],
  data: ['util', 'onnx', 'runtime'],
  evaluate: ['util', 'protocol', 'onnx', 'runtime', 'data'],
  quantize: ['util', 'protocol', 'onnx', 'runtime', 'data', 'evaluate'],
  prune: ['util', 'protocol', 'onnx', 'runtime', 'data', 'evaluate'],
  train: ['util', 'protocol', 'onnx', 'runtime', 'data', 'evaluate'],
  recipe: ['util', 'protocol', 'onnx', 'runtime', 'data', 'evaluate', 'quantize', 'prune', 'train'],
  python: ['util', 'protocol'],
  engine: ['util', 'protocol', 'recipe'],
  cli: ['util', 'protocol', 'recipe'],
  host: ['util', 'protocol', 'python'],
};

/** Packages that only one layer may import. */
const PACKAGE_HOMES = {
  vscode: ['host'],
  'onnxruntime-node': ['runtime'],
  sharp: ['data'],
  'vscode-jsonrpc': ['engine', 'host'],
  'web-tree-sitter': ['python'],
};

/** Layers that get files, clock and console as arguments. */
const PURE_LAYERS = ['onnx', 'quantize', 'prune', 'train', 'python'];

const layerRules = Object.entries(LAYERS).map(([layer, allowed]) => {
  const forbidden = Object.keys(LAYERS).filter((other) => other !== layer && !allowed.includes(other));
  const packages = Object.entries(PACKAGE_HOMES).filter(([, homes]) => !homes.includes(layer));
  return {
    files: [`src/${layer}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            ...(forbidden.length === 0
              ? []
              : [
                  {
                    regex: `^(\\.\\./)+(${forbidden.join('|')})(/|$)`,
                    message: `src/${layer} may import ${allowed.join(', ') || 'nothing'} only.`,
                  },
                ]),
            ...packages.map(([name, homes]) => ({
              regex: `^${name}(/|$)`,
              message: `${name} belongs to src/${homes.join(', src/')}.`,
            })),
            ...(PURE_LAYERS.includes(layer)
              ? [{ regex: '^(node:)?(fs|child_process|os|worker_threads)(/|$)', message: `src/${layer} is pure.` }]
              : []),
          ],
        },
      ],
      ...(PURE_LAYERS.includes(layer)
        ? {
            'no-restricted-globals': ['error', 'console', 'process', 'performance', 'setTimeout'],
            'no-restricted-properties': [
              'error',
              { object: 'Date', property: 'now' },
              { object: 'Math', property: 'random' },
            ],
          }
        : {}),
    },
  };
});

export default tseslint.config(
  { ignores: ['dist/', 'out/', '.vscode-test/', 'test-results/', 'src/onnx/onnx_pb.ts', 'media/'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Indexed loops over typed arrays are the hot paths here, and measurably faster than iterators.
      '@typescript-eslint/prefer-for-of': 'off',
      'no-console': 'error',
    },
  },
  ...layerRules,
  {
    files: ['webview/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '/src/(?!protocol(/|$)|util/)', message: 'The webview sees protocol and util only.' }] },
      ],
    },
  },
  {
    files: ['bench/**', 'scripts/**', 'test/**', '*.mjs', 'src/cli/**'],
    rules: { 'no-console': 'off', '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  { files: ['**/*.mjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly', URL: 'readonly' } } },
);
