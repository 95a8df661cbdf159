// The pages of the site, in the order of its sidebar, each with the file it is made of.
import { readFileSync } from 'node:fs';

export const root = new URL('../', import.meta.url);

/** Where a link to a file of the repository leads, if no page is made of it. */
export const repository = JSON.parse(
  readFileSync(new URL('packages/core/package.json', root), 'utf8'),
).repository.url.replace(/^git\+|\.git$/g, '');

/** Until the first release the repository's address is a placeholder: no page links to it. */
export const IS_PUBLISHED = false;

/** The entries of each package, as they are imported, with the page of each. */
export const API_ENTRIES = [
  ['core', [['', 'index']]],
  [
    'server',
    [
      ['', 'index'],
      ['/node', 'node/index'],
      ['/mcp', 'mcp'],
      ['/openapi', 'openapi'],
      ['/testing', 'testing'],
    ],
  ],
  [
    'sdk-auth',
    [
      ['', 'index'],
      ['/self-signed', 'self-signed'],
      ['/mcp', 'mcp'],
      ['/tabs', 'tabs'],
    ],
  ],
].map(([name, entries]) => ({
  name,
  entries: entries.map(([subpath, file]) => ({
    title: `${name}${subpath}`,
    module: file.replace(/\/index$/, ''),
    file: `packages/${name}/src/${file}.ts`,
    path: `reference/api/${name}${subpath.replace('/', '-')}`,
  })),
}));

/** Sections of pages: `[title, path on the site, file in the repository]`; a page without a file is generated. */
export const SECTIONS = [
  [
    'First steps',
    [
      ['Start', 'start', 'docs/start.md'],
      ['Concepts', 'concepts', 'docs/concepts.md'],
      ['Coming from Zep', 'from-zep', 'docs/from-zep.md'],
    ],
  ],
  [
    'Guides',
    [
      ['Hono, with types', 'guides/hono', 'docs/guides/hono.md'],
      ['Express and Fastify', 'guides/express-fastify', 'docs/guides/express-fastify.md'],
      ['The gate', 'guides/gate', 'docs/guides/gate.md'],
      ['Browser and CORS', 'recipes/browser', 'docs/recipes/browser.md'],
      ['MCP', 'guides/mcp', 'docs/guides/mcp.md'],
      ['Python behind the gate', 'recipes/python', 'docs/recipes/python.md'],
      ['WebSockets and streams', 'guides/websockets', 'docs/guides/websockets.md'],
      ['Testing', 'testing', 'docs/testing.md'],
      ['Tenants', 'guides/tenants', 'docs/guides/tenants.md'],
      ['Go, Python, Java, C#', 'guides/other-languages', 'docs/guides/other-languages.md'],
      ['Platforms', 'platforms', 'docs/platforms.md'],
    ],
  ],
  [
    'Recipes',
    [
      ['All recipes', 'recipes/', 'docs/recipes/README.md'],
      ['A model server', 'recipes/model-server', 'docs/recipes/model-server.md'],
      ['API keys and tokens', 'recipes/api-keys', 'docs/recipes/api-keys.md'],
      ['Quotas', 'recipes/quotas', 'docs/recipes/quotas.md'],
      ['OpenTelemetry', 'recipes/telemetry', 'docs/recipes/telemetry.md'],
      ['An audit log', 'recipes/audit-log', 'docs/recipes/audit-log.md'],
    ],
  ],
  [
    'Operate',
    [
      ['The runbook', 'operations', 'docs/operations.md'],
      ['Error codes', 'errors', 'docs/errors.md'],
      ['Environment', 'environment', 'docs/environment.md'],
    ],
  ],
  [
    'Reference',
    [
      ['zepcli', 'reference/cli'],
      ['zepcli in depth', 'reference/cli-guide', 'packages/cli/README.md'],
      ['core', 'reference/core', 'packages/core/README.md'],
      ['server', 'reference/server', 'packages/server/README.md'],
      ['sdk-auth', 'reference/sdk-auth', 'packages/sdk-auth/README.md'],
      ['Changes', 'reference/changelog', 'CHANGELOG.md'],
    ],
  ],
  ['API', API_ENTRIES.flatMap(({ entries }) => entries.map(({ title, path }) => [title, path]))],
  [
    'Security and more',
    [
      ['Security', 'security', 'SECURITY.md'],
      ['Compare', 'compare', 'docs/compare.md'],
      ['Performance', 'performance', 'docs/performance.md'],
      ['All figures', 'reference/results', 'bench/RESULTS.md'],
      ['Architecture', 'architecture', 'docs/architecture.md'],
    ],
  ],
];

/** The address of a page, on a host that serves files as they are. */
export const toUrl = (path) => (path.endsWith('/') ? `/${path}index.html` : `/${path}.html`);

export const PLAYGROUND = 'examples/playground';

export const pages = SECTIONS.flatMap(([section, entries]) =>
  entries.map(([title, path, source]) => ({ section, title, path, source })),
);
