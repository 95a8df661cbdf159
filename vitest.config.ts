// How each package's tests run: from its folder, on the sources, with a report that `.ci/count.mjs` adds up.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** Tests that start processes, listen on sockets or need a terminal. */
const SYSTEM = '*.system.test.ts';
const UNIT = '*.test.ts';

/** A pattern for a run in one package's folder, and one for a run at the root. */
const everywhere = (name: string): string[] => [
  `test/**/${name}`,
  `{packages,examples}/*/test/**/${name}`,
];

/** What all test runs share, also those of `conformance`. */
export const shared = {
  ssr: { resolve: { conditions: ['@zep-auth/source'] } },
  test: {
    // For a test that hangs: a slow machine is not a failure.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-report.json' },
  },
} satisfies ViteUserConfig;

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    maxWorkers: availableParallelism(),
    // Files share a worker and its modules: half the processor time.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: everywhere(UNIT),
          exclude: everywhere(SYSTEM),
          setupFiles: [fileURLToPath(new URL('conformance/kit/unit-only.ts', import.meta.url))],
          pool: 'threads',
        },
      },
      { extends: true, test: { name: 'system', include: everywhere(SYSTEM) } },
    ],
  },
});
