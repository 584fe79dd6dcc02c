import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    // The texts of src/host are tested outside VS Code; everything else of the API is tested in a real one.
    alias: { vscode: fileURLToPath(new URL('./test/unit/host/vscodeStub.ts', import.meta.url)) },
  },
  test: {
    include: ['test/unit/**/*.test.ts', 'test/webview/**/*.test.ts'],
    // onnxruntime-node's native sessions are not safe to share between worker threads: one process a file.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 180_000,
  },
});
