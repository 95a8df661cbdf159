// How every package's tests run: from its own folder, on the sources, with a report that CI counts.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  ssr: { resolve: { conditions: ['@zep-auth/source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    // Against a test that hangs, not one that is slow: a busy machine is no failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-report.json' },
  },
});
