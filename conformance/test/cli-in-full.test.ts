// What the cli's tests shorten, in full: every secret and token in every place of a command line, and 20,000 env files.
process.env['ZEPCLI_TESTS'] = 'full';
await import('../../packages/cli/test/marker.system.test.ts');
await import('../../packages/cli/test/files/env-file-edit.test.ts');
