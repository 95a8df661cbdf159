// One file at a time: these tests put load on processes and measure them.
import { shared } from '../vitest.config.ts';

export default {
  ...shared,
  test: { ...shared.test, include: ['test/**/*.test.ts'], maxWorkers: 1 },
};
