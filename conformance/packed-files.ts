// What each package ships, file by file: whatever else is in a tarball, or missing there, is a mistake.
// Never made from the packages themselves, which would make it say yes to anything.

export interface Packed {
  readonly name: string;
  /** The folder below `packages`. */
  readonly folder: string;
  /** What it ships beside its modules. */
  readonly files: readonly string[];
  /** Modules, each shipped as source, JavaScript, types, and a map for either. */
  readonly modules: readonly string[];
  /** Files with a hash in the name: how they are called, and how many there are of each at least and at most. */
  readonly hashed: readonly (readonly [name: RegExp, least: number, most: number])[];
  /** What can be imported from it. Nothing, for a program. */
  readonly entries: readonly string[];
}

export const PACKED: readonly Packed[] = [
  {
    name: '@zep-auth/core',
    folder: 'core',
    files: ['LICENSE', 'README.md', 'package.json'],
    modules: [
      'bearer',
      'claims',
      'config',
      'env',
      'errors',
      'index',
      'internal',
      'jws/compact',
      'jws/engine',
      'jws/jose',
      'jws/native',
      'jws/select-engine',
      'jws/verification-key',
      'keyring',
      'maybe-promise',
      'options',
      'revoked',
      'secret',
      'sign',
      'variables',
      'verify',
    ],
    hashed: [],
    entries: ['@zep-auth/core', '@zep-auth/core/internal'],
  },
  {
    name: '@zep-auth/server',
    folder: 'server',
    files: ['LICENSE', 'README.md', 'package.json'],
    modules: [
      'answers',
      'credentials',
      'find-check',
      'forward',
      'gate',
      'guard',
      'health',
      'index',
      'judge',
      'revocation',
      'revocation-entry',
      'scope',
      'target',
      'throttle',
      'upstream',
      'verdict',
    ],
    hashed: [],
    entries: ['@zep-auth/server'],
  },
  {
    name: '@zep-auth/sdk-auth',
    folder: 'sdk-auth',
    files: ['LICENSE', 'README.md', 'package.json'],
    modules: [
      'auth-fetch',
      'index',
      'origin',
      'request',
      'retry',
      'self-signed',
      'token',
      'token-source',
    ],
    hashed: [],
    entries: ['@zep-auth/sdk-auth', '@zep-auth/sdk-auth/self-signed'],
  },
  {
    name: '@zep-auth/cli',
    folder: 'cli',
    files: [
      'LICENSE',
      'README.md',
      'dist/THIRD-PARTY.txt',
      'dist/bin.js',
      'package.json',
      'zepcli.js',
    ],
    modules: [],
    // One file for each part of the program that is loaded when it is needed, and what they share.
    hashed: [
      [/^dist\/completion-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/dist-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/doctor-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/env-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/env-file-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/init-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/inspect-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/parser-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/revoke-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/rotate-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/root-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/secret-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/serve-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/store-drivers-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/suggest-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/token-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/variables-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/verify-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/write-file-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/chunk-[A-Z0-9]{8}\.js$/, 1, 30],
    ],
    entries: [],
  },
];

/** All that is shipped under a name that is known beforehand. */
export const namedFilesOf = ({ files, modules }: Packed): readonly string[] =>
  [
    ...files,
    ...modules.flatMap((module) => [
      `src/${module}.ts`,
      ...['js', 'js.map', 'd.ts', 'd.ts.map'].map((type) => `dist/${module}.${type}`),
    ]),
  ].sort();
