// Makes the site's pages, in `.site`: those of docs/ and of the packages with their links turned into links of the site, the
// reference of zepcli from the commands' declarations, and the API reference from the sources.
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { Application } from 'typedoc';
import {
  API_ENTRIES,
  IS_PUBLISHED,
  PLAYGROUND,
  pages,
  repository,
  root,
  SECTIONS,
  toUrl,
} from './pages.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
export const site = join(here, '.site');
const read = (path) => readFile(new URL(path, root), 'utf8');
const write = async (path, text) => {
  const file = join(site, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
};
const toFile = (path) => (path.endsWith('/') ? `${path}index.md` : `${path}.md`);

const pageOf = new Map(pages.flatMap(({ path, source }) => (source ? [[source, path]] : [])));

/** Where a link in a file of the repository leads on the site. */
const toSiteLink = (source, target) => {
  if (/^(?:\w+:|#|\/)/.test(target)) return target;
  const [path, anchor] = target.split('#');
  const file = posix.normalize(posix.join(posix.dirname(source), path)).replace(/\/$/, '');
  const hash = anchor === undefined || anchor === 'readme' ? '' : `#${anchor}`;
  if (file === PLAYGROUND || file === `${PLAYGROUND}/README.md`) return '/playground/index.html';
  const page = pageOf.get(file) ?? pageOf.get(`${file}/README.md`);
  if (page !== undefined) return `/${page}${hash}`;
  return `${repository}/${/\.\w+$/.test(file) ? 'blob' : 'tree'}/main/${file}${hash}`;
};

/** A figure stands above its spread, so that all columns fit. */
const stackFigures = (text) =>
  text.replace(/^\|.*$/gm, (row) => row.replace(/(\d) \((?=\d)/g, '$1<br>('));

/** The name of a file of the repository, which shows its path when it is pointed at or focused. */
const nameFile = (label, link) => {
  const path = link.slice(repository.length).replace(/^\/\w+\/main\//, '');
  return `<span class="file" title="${path}, in the repository" tabindex="0">${label}</span>`;
};

/** Pictures travel with the page that shows them. */
const PICTURES = [
  ['docs/pictures', 'pictures'],
  ['bench/chart.svg', 'pictures/chart.svg'],
];

const toSitePage = (text, source) =>
  text
    .split(/^(```.*?^```$)/ms)
    .map((part, i) => {
      if (i % 2 === 1) return part.replace(/^```layers$/m, '```text');
      return part.replace(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (_, mark, label, target) => {
        if (mark === '!') return `![${label}](/pictures/${posix.basename(target)})`;
        const link = toSiteLink(source, target);
        if (!IS_PUBLISHED && link.startsWith(repository)) return nameFile(label, link);
        const same = link.startsWith('/playground') ? '{target="_self"}' : '';
        return `[${label}](${link})${same}`;
      });
    })
    .join('');

const table = (rows) =>
  ['| | |', '|---|---|', ...rows.map((cells) => `| ${cells.join(' | ')} |`)].join('\n');
const inCell = (text) =>
  text.replaceAll('|', '\\|').replace(/[<>]/g, (sign) => (sign === '<' ? '&lt;' : '&gt;'));
const inCode = (text) => `\`${text.replaceAll('|', '\\|')}\``;

/** The commands as zepcli declares them. */
const loadCommands = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zep-auth-docs-'));
  const contents = `
    export { COMMANDS } from './commands.ts';
    export { root } from './argv/root.ts';
    export { TOPICS } from './argv/topics.ts';`;
  await build({
    stdin: { contents, resolveDir: fileURLToPath(new URL('packages/cli/src', root)) },
    outfile: join(folder, 'commands.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['@zep-auth/source'],
    external: ['supports-color'],
    banner: {
      js: "import{createRequire as toRequire}from'node:module';const require=toRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  const loaded = await import(pathToFileURL(join(folder, 'commands.mjs')).href);
  await rm(folder, { recursive: true });
  return loaded;
};

const describeOption = ([name, { alias, placeholder = '', describe }]) => [
  [...(alias ? [inCode(`-${alias}`)] : []), inCode(`--${name} ${placeholder}`.trim())].join(', '),
  inCell(describe),
];

const describeCommand = (name, describe, { positionals = [], options, groups = {}, examples }) => {
  const usage = ['zepcli', name, ...positionals.map((one) => `[${one.name}]`), '[options]'];
  const entries = Object.entries(options);
  const grouped = Object.values(groups).flatMap(Object.keys);
  const others = entries.filter(([option]) => !grouped.includes(option));
  const sections = [
    ['Arguments', positionals.map((one) => [inCode(one.name), inCell(one.describe)])],
    ...Object.entries(groups).map(([title, group]) => [
      title,
      Object.entries(group).map(describeOption),
    ]),
    ['Options', others.map(describeOption)],
  ];
  return [
    `## zepcli ${name === '' ? '-i' : name}`,
    `${describe[0].toUpperCase()}${describe.slice(1)}.`,
    `\`\`\`text\n${usage.filter(Boolean).join(' ')}\n\`\`\``,
    `\`\`\`sh\n${examples.map(([line, purpose]) => `# ${purpose}\n${line}`).join('\n')}\n\`\`\``,
    ...sections.flatMap(([title, rows]) =>
      rows.length === 0 ? [] : [`**${title}**`, table(rows)],
    ),
  ].join('\n\n');
};

const generateCli = async () => {
  const { COMMANDS, root: rootCommand, TOPICS } = await loadCommands();
  const commands = await Promise.all(
    Object.entries(COMMANDS).map(async ([name, { describe, load }]) =>
      describeCommand(name, describe, (await load()).command),
    ),
  );
  const topics = Object.entries(TOPICS).map(
    ([name, text]) => `## help ${name}\n\n\`\`\`text\n${text}\n\`\`\``,
  );
  const intro = [
    '# zepcli',
    'Made from the declarations of the commands; `zepcli help COMMAND` prints the same. What the commands do in depth is in [zepcli in depth](/reference/cli-guide).',
  ];
  const first = describeCommand(
    '',
    'a secret and a token, as Zep’s `zepcli -i` makes them',
    rootCommand,
  );
  await write('reference/cli.md', `${[...intro, first, ...commands, ...topics].join('\n\n')}\n`);
};

/** TypeDoc numbers some anchors as if there were two headings of a name: a link to the only one gets no number. */
const correctAnchors = (page) => {
  const headings = Array.from(page.matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    heading.toLowerCase().replace(/[^\w -]/g, ''),
  );
  return page.replace(/\(#([\w-]+)-1\)/g, (link, name) =>
    headings.filter((heading) => heading === name).length === 1 ? `(#${name})` : link,
  );
};

/** One list of all that a function throws, and a name for a parameter that the source takes apart. */
const mendReference = (page) =>
  page
    .replace(/^#+ Throws\n[\s\S]*?(?=^(?:#+ (?!Throws)|\*\*\*|```|(?![\s\S])))/gm, (run) => {
      const [heading] = run.split('\n', 1);
      const causes = run.split(`${heading}\n`).map((one) => one.trim().replaceAll('\n', ' '));
      if (causes.length === 2) return run;
      return `${heading}\n${causes.join('\n- ')}\n\n`;
    })
    .replaceAll('__namedParameters', 'options');

/** The exported names of a package, a page for each of its entries. */
const generateApi = async ({ name, entries }) => {
  const application = await Application.bootstrapWithPlugins({
    plugin: [fileURLToPath(import.meta.resolve('typedoc-plugin-markdown'))],
    entryPoints: entries.map(({ file }) => fileURLToPath(new URL(file, root))),
    tsconfig: join(here, 'tsconfig.api.json'),
    router: 'module',
    readme: 'none',
    disableSources: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: { hideModifiers: true, hideInherited: true },
    skipErrorChecking: true, // the repository's own compiler checks the types
    logLevel: 'Error',
  });
  const project = await application.convert();
  if (project === undefined) throw new Error(`the API of ${name} could not be read`);
  const folder = await mkdtemp(join(tmpdir(), 'zep-auth-api-'));
  await application.outputs.writeOutput({ name: 'markdown', path: folder }, project);
  const only = entries.length === 1; // TypeDoc gives a single module the name README
  for (const { title, module, path } of entries) {
    const text = await readFile(join(folder, only ? 'README.md' : `${module}.md`), 'utf8');
    const page = text
      .replace(/^# .*$/m, `# @zep-auth/${title}\n\nMade from the sources.`)
      .replace(/\]\((README|[\w-]+)\.md(#[^)]*)?\)/g, (_, target, hash = '') => {
        const entry = only ? entries[0] : entries.find((one) => one.module === target);
        return `](/${(entry ?? entries[0]).path}${hash})`;
      });
    await write(toFile(path), mendReference(correctAnchors(page)));
  }
  await rm(folder, { recursive: true });
};

/** The same pages for language models: a list of them, and all of them in one text. */
const generateTexts = async () => {
  const list = SECTIONS.map(([section, entries]) => {
    const links = entries.map(([title, path]) => `- [${title}](${toUrl(path)})`);
    return `## ${section}\n\n${links.join('\n')}`;
  });
  const intro =
    '# zep-auth\n\n> Bearer-token authentication for HTTP APIs: one secret on the server, one token for each client, HS256. A guard for Hono, Express, Fastify and other frameworks, a gate in front of any API, a client, and the command zepcli.';
  await write('public/llms.txt', `${[intro, ...list].join('\n\n')}\n`);
  const texts = await Promise.all(
    pages.map(async ({ path }) => {
      const text = await readFile(join(site, toFile(path)), 'utf8');
      const linked = text
        .replaceAll('{target="_self"}', '')
        .replace(
          /\]\(\/([\w/-]+)(#[^)]*)?\)/g,
          (_, target, hash = '') => `](${toUrl(target)}${hash})`,
        );
      return `<!-- ${toUrl(path)} -->\n\n${linked.trim()}`;
    }),
  );
  await write('public/llms-full.txt', `${[intro, ...texts].join('\n\n')}\n`);
};

export const generate = async () => {
  await rm(site, { recursive: true, force: true });
  for (const [from, to] of PICTURES) {
    await cp(fileURLToPath(new URL(from, root)), join(site, 'public', to), { recursive: true });
  }
  await write('index.md', (await read('docs/index.md')).replaceAll('./pictures/', '/pictures/'));
  for (const { path, source } of pages) {
    if (!source) continue;
    const text = toSitePage(await read(source), source);
    await write(toFile(path), source === 'bench/RESULTS.md' ? stackFigures(text) : text);
  }
  await generateCli();
  for (const one of API_ENTRIES) await generateApi(one);
  await generateTexts();
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await generate();
