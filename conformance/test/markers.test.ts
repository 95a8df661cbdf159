// Every secret and token in every place of a command line. The tests of the cli try every second one.
process.env['ZEPCLI_MARKERS'] = 'all';
await import('../../packages/cli/test/marker.system.test.ts');
