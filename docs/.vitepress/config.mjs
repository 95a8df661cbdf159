// The site: its sidebar is the list of pages. It asks nothing of other hosts: search is local, fonts are the system's.
import { defineConfig } from 'vitepress';
import { SECTIONS } from '../pages.mjs';

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
  ignoreDeadLinks: [/^\/playground\//], // built beside the pages; the test asks for it
  markdown: {
    linkify: false,
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
    anchor: { slugify },
    config: (md) => {
      // A table may be wider than a phone: it scrolls, for the keyboard too.
      md.renderer.rules.table_open = () => '<div class="table" tabindex="0"><table>\n';
      md.renderer.rules.table_close = () => '</table></div>\n';
      // So may a picture.
      const { image } = md.renderer.rules;
      md.renderer.rules.image = (...args) =>
        `<span class="picture" tabindex="0">${image(...args)}</span>`;
      // A heading without words is not one.
      md.core.ruler.push('empty_headings', ({ tokens }) => {
        for (const [i, { type, content }] of tokens.entries()) {
          if (type !== 'inline' || content !== '' || tokens[i - 1].type !== 'th_open') continue;
          tokens[i - 1].tag = 'td';
          tokens[i + 1].tag = 'td';
        }
      });
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
