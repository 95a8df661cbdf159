// One file at a time: these tests put load on processes and measure them.
import { fileURLToPath } from 'node:url';
import { shared } from '../vitest.config.ts';

const HERE = fileURLToPath(import.meta.url);

/** Resolves Hono to the oldest version that the server's peer range allows. */
const honoFloor = {
  name: 'hono-floor',
  enforce: 'pre',
  resolveId(this: { resolve(id: string, importer: string): Promise<unknown> }, id: string) {
    const [isHono, subpath] = /^hono(\/.*)?$/.exec(id) ?? [];
    return isHono === undefined ? null : this.resolve(`hono-floor${subpath ?? ''}`, HERE);
  },
};

export default {
  ...shared,
  test: {
    ...shared.test,
    maxWorkers: 1,
    projects: [
      { extends: true, test: { name: 'newest', include: ['test/**/*.test.ts'] } },
      {
        extends: true,
        root: '..',
        plugins: [honoFloor],
        test: {
          name: 'hono-floor',
          include: [
            'conformance/test/{paths,hono-floor}.test.ts',
            'packages/server/test/hono/**/*.test.ts',
          ],
          exclude: ['**/*.system.test.ts', '**/guard-types.test.ts'],
        },
      },
    ],
  },
};
