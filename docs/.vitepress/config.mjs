// The site: its sidebar is the list of pages. It asks nothing of other hosts: search is local, fonts are the system's.
import { existsSync } from 'node:fs';
import { defineConfig } from 'vitepress';
import { root, SECTIONS } from '../pages.mjs';

const sidebar = SECTIONS.map(([text, entries]) => ({
  text,
  items: entries.map(([title, path]) => ({ text: title, link: `/${path}` })),
}));

export default defineConfig({
  title: 'zep-auth',
  description: 'Bearer-token authentication for HTTP APIs: one secret, one token for each client.',
  srcDir: '.site',
  outDir: 'dist',
  cacheDir: '.generated/cache',
  cleanUrls: false,
  lang: 'en',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: '/pictures/icon.svg' }]],
  ignoreDeadLinks: [/^\/playground\//], // built beside the pages; the test asks for it
  markdown: {
    linkify: false,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify },
    codeTransformers: [
      {
        postprocess: (html, { lang }) =>
          lang === 'sh' ? html.replace(/>[^<]+</g, joinOptions) : html,
      },
    ],
    config: (md) => {
      const { image } = md.renderer.rules;
      md.renderer.rules.image = (...args) => {
        const [tokens, i] = args;
        const narrow = tokens[i].attrGet('src').replace('.svg', '-narrow.svg');
        const source = existsSync(new URL(`docs${narrow}`, root))
          ? `<source media="(max-width: 40rem)" srcset="${narrow}">`
          : '';
        // A picture without a narrow form scrolls on a phone, for the keyboard too.
        const focus = source === '' ? ' tabindex="0"' : '';
        return `<picture class="picture"${focus}>${source}${image(...args)}</picture>`;
      };
      const { code_inline } = md.renderer.rules;
      md.renderer.rules.code_inline = (...args) => keepTogether(code_inline(...args));
      md.renderer.rules.table_open = (tokens, i) =>
        tokens[i].meta.isOfWords
          ? '<div class="table words"><table>\n'
          : '<div class="table" tabindex="0"><table>\n';
      md.renderer.rules.table_close = () => '</table></div>\n';
      md.core.ruler.push('tables', ({ tokens }) => prepareTables(tokens));
    },
  },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Concepts', link: '/concepts' },
      { text: 'Guides', link: '/guides/hono' },
      { text: 'Operate', link: '/operations' },
      { text: 'Reference', link: '/reference/cli' },
      { text: 'Playground', link: '/playground/index.html', target: '_self' },
    ],
    sidebar,
    outline: { level: [2, 3] },
    notFound: {
      title: 'No such page',
      quote: 'The page may have moved. The search knows every page.',
      linkText: 'To the start',
    },
    externalLinkIcon: true,
  },
});

/** GitHub's anchors, so that a link works there and here. */
function slugify(heading) {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

/** An option is not broken after its dashes, and a path only after a slash. */
function keepTogether(code) {
  if (/>[\w.-]+(\/[\w.-]+)+</.test(code)) return code.replace(/(\w)\/(?=\w)/g, '$1/<wbr>');
  return code.replace(/>[^<]+</, joinOptions);
}

function joinOptions(text) {
  return text.replace(/(^>|\s)(--?\w[\w-]*)/g, '$1<span class="option">$2</span>');
}

/**
 * A heading without words is not one. A table of words becomes a list on a phone, where each cell says what it is; one of
 * figures scrolls.
 */
function prepareTables(tokens) {
  let table;
  let headings = [];
  let column = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.type === 'table_open') {
      table = token;
      table.meta = { isOfWords: false };
      headings = [];
    }
    if (token.type === 'tr_open') column = 0;
    if (token.type === 'th_open') {
      headings.push(tokens[i + 1].content.replace(/[`*]/g, ''));
      if (headings.at(-1) === '') token.tag = tokens[i + 2].tag = 'td';
    }
    if (token.type === 'td_open') {
      const label = column > 0 ? headings[column] : '';
      if (tokens[i + 1].content === '-') token.attrSet('class', 'nothing');
      if (!['', 'meaning'].includes(label)) token.attrSet('data-label', label);
      if (tokens[i + 1].content.length > 30 && column > 0) table.meta.isOfWords = true;
      column++;
    }
  }
}
