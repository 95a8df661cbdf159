// The files of each package, written by hand: a list made from the packages would accept anything. Any other file in a
// tarball, and any missing one, is a mistake.

export interface Packed {
  readonly name: string;
  /** The folder below `packages`. */
  readonly folder: string;
  /** Its files in addition to its modules. */
  readonly files: readonly string[];
  /** Modules, each published as source, JavaScript and types, the latter two with a map. */
  readonly modules: readonly string[];
  /** Files with a hash in their name, with the least and greatest number of each. */
  readonly hashed: readonly (readonly [name: RegExp, least: number, most: number])[];
  /** What can be imported from it. Empty for a program. */
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
      'claims-schema',
      'config',
      'decode-secret',
      'env',
      'errors',
      'fingerprint',
      'generate-secret',
      'index',
      'internal',
      'judge-secret',
      'jws/compact',
      'jws/engine',
      'jws/jose',
      'jws/native',
      'jws/select-engine',
      'jws/verification-key',
      'keyring',
      'maybe-promise',
      'options',
      'placeholder',
      'published-secrets',
      'revoked',
      'sign',
      'text-file',
      'variable-names',
      'variables',
      'variety',
      'verify',
      'wrong-character',
    ],
    hashed: [],
    entries: ['@zep-auth/core', '@zep-auth/core/internal'],
  },
  {
    name: '@zep-auth/server',
    folder: 'server',
    files: ['LICENSE', 'README.md', 'package.json'],
    modules: [
      'auth-result',
      'authenticate',
      'credential',
      'error-code',
      'gate/answers',
      'gate/cors',
      'gate/decide',
      'gate/gate',
      'gate/header-names',
      'gate/health',
      'gate/idle-timeout',
      'gate/path-scopes',
      'gate/request-form',
      'gate/request-policy',
      'gate/response-policy',
      'gate/subrequest',
      'gate/upstream',
      'gate/upstream-address',
      'guard-result',
      'hono/auth-refusal',
      'hono/guard',
      'hono/scope',
      'index',
      'mcp',
      'node/dispatcher',
      'node/exchange',
      'node/gate',
      'node/index',
      'node/middleware',
      'node/request-view',
      'node/upload',
      'openapi',
      'problem-response',
      'request',
      'revocation/entry',
      'revocation/list',
      'sources',
      'testing',
      'throttle',
      'verifier-source',
    ],
    hashed: [],
    entries: [
      '@zep-auth/server',
      '@zep-auth/server/mcp',
      '@zep-auth/server/node',
      '@zep-auth/server/openapi',
      '@zep-auth/server/testing',
    ],
  },
  {
    name: '@zep-auth/sdk-auth',
    folder: 'sdk-auth',
    files: ['LICENSE', 'README.md', 'package.json'],
    modules: [
      'auth-fetch',
      'index',
      'mcp',
      'origin',
      'request',
      'retry',
      'self-signed',
      'tabs',
      'token',
      'token-source',
    ],
    hashed: [],
    entries: [
      '@zep-auth/sdk-auth',
      '@zep-auth/sdk-auth/mcp',
      '@zep-auth/sdk-auth/self-signed',
      '@zep-auth/sdk-auth/tabs',
    ],
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
    // One file for each part of the program that is loaded on demand, and the chunks that they share.
    hashed: [
      [/^dist\/completion-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/dist-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/doctor-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/env-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/env-file-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/init-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/inspect-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/parser-[A-Z0-9]{8}\.js$/, 1, 1],
      [/^dist\/published-secrets-[A-Z0-9]{8}\.js$/, 1, 1],
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

/** The files whose names contain no hash. */
export const namedFilesOf = ({ files, modules }: Packed): readonly string[] =>
  [
    ...files,
    ...modules.flatMap((module) => [
      `src/${module}.ts`,
      ...['js', 'js.map', 'd.ts', 'd.ts.map'].map((type) => `dist/${module}.${type}`),
    ]),
  ].sort();
