// How a package's unit tests run on its mutants: the tests that most likely notice come first.
import { basename } from 'node:path';
import { shared } from '../vitest.config.ts';

/** The test of another name that knows a file best. */
const TESTED_BY = {
  placeholder: 'judge-secret',
  variables: 'env',
  revoked: 'config',
  jose: 'engines',
};
const SLOW = ['verify-cache', 'agreement'];

/** One failure is enough: the test of the mutated file runs first, then the others, the slow ones last. */
class LikeliestFirst {
  constructor({ config }) {
    const [mutated = ''] = (config.related ?? []).map((file) => basename(file, '.ts'));
    const likeliest = TESTED_BY[mutated] ?? mutated;
    this.rankOf = ({ moduleId }) => {
      const name = basename(moduleId, '.test.ts');
      return name === likeliest ? -2 : SLOW.indexOf(name);
    };
  }

  async shard(files) {
    return files;
  }

  async sort(files) {
    return files.toSorted((a, b) => this.rankOf(a) - this.rankOf(b));
  }
}

export default {
  ...shared,
  test: {
    ...shared.test,
    include: ['test/**/*.test.ts'],
    // A program that a system test starts is the built one, without the mutant.
    exclude: ['test/**/*.system.test.ts', 'test/marker.test.ts'],
    reporters: [],
    outputFile: {},
    sequence: { sequencer: LikeliestFirst },
  },
};
