import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/webview/**/*.test.ts'],
    // onnxruntime-node's native sessions are not safe to share between worker threads: one process a file.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
  },
});
