// The built site in Chromium: no dead link, no request to another host, no violation that axe finds, and pictures of each page.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { pages, repository, root, toUrl } from '../pages.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const pictures = fileURLToPath(new URL('../.generated/pictures', import.meta.url));
const axe = await readFile(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.txt': 'text/plain; charset=utf-8',
};
/** Each page is checked by axe in two of these; with PICTURES=1 a picture is taken in all of them. */
const LOOKS = [
  { name: 'desktop-dark', width: 1280, colorScheme: 'dark', isChecked: true },
  { name: 'phone-light', width: 375, colorScheme: 'light', isChecked: true },
  { name: 'desktop-light', width: 1280, colorScheme: 'light' },
  { name: 'phone-dark', width: 375, colorScheme: 'dark' },
];

/** ONLY=concepts chooses the pages to look at. */
const urls = ['/', ...pages.map(({ path }) => toUrl(path))];

let server;
let browser;
let origin;

before(async () => {
  assert.ok(existsSync(join(dist, 'index.html')), 'the site is not built: npm run docs');
  server = createServer(async ({ url }, response) => {
    const { pathname } = new URL(url, 'http://site');
    const file = join(dist, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    try {
      const body = await readFile(file);
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  await mkdir(pictures, { recursive: true });
});

after(async () => {
  await browser?.close();
  server?.close();
});

/** Opens a page, and notes requests to other hosts, errors of scripts, and what is not there. */
const open = async (context, url) => {
  const page = await context.newPage();
  const problems = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:'))
      problems.push(`asked ${request.url()}`);
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) problems.push(`${response.status()} for ${response.url()}`);
  });
  await page.goto(origin + url, { waitUntil: 'load' });
  return { page, problems };
};

describe('a page', () => {
  for (const url of urls.filter((one) => one.includes(process.env.ONLY ?? ''))) {
    it(`is clean in light and dark, on a desktop and a phone: ${url}`, async () => {
      const context = await browser.newContext({ reducedMotion: 'reduce' });
      const { page, problems } = await open(context, url);
      await page.addStyleTag({ content: '* { transition: none !important }' });
      await page.evaluate(axe);
      for (const { name, width, colorScheme, isChecked } of LOOKS) {
        if (!isChecked && !process.env.PICTURES) continue;
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme });
        await page.waitForFunction(
          (isDark) => document.documentElement.classList.contains('dark') === isDark,
          colorScheme === 'dark',
        );
        const wide = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        if (wide > 0) problems.push(`${name}: ${wide} pixels too wide`);
        if (isChecked) {
          const { violations } = await page.evaluate(() => globalThis.axe.run());
          for (const { id, nodes } of violations)
            problems.push(
              `${name}: ${id}: ${nodes.map(({ html }) => html.slice(0, 160)).slice(0, 3)}`,
            );
        }
        if (process.env.PICTURES) {
          const file = `${url.replaceAll('/', '_')}-${name}.png`;
          await page.screenshot({ path: join(pictures, file), fullPage: true });
        }
      }
      await context.close();
      assert.deepEqual(problems, []);
    });
  }
});

describe('a link', () => {
  it('leads to a page and a heading that exist, or to a file of the repository', async () => {
    const texts = new Map();
    const read = async (url) => {
      const file = join(dist, url.endsWith('/') ? `${url}index.html` : url);
      if (!texts.has(url)) texts.set(url, existsSync(file) ? await readFile(file, 'utf8') : '');
      return texts.get(url);
    };
    const dead = [];
    for (const url of urls) {
      const html = await read(url);
      for (const [, href] of html.matchAll(/<a [^>]*href="([^"]+)"/g)) {
        const target = new URL(href.replaceAll('&amp;', '&'), `http://site${url}`);
        if (target.host === 'site') {
          const page = await read(decodeURIComponent(target.pathname));
          const anchor = decodeURIComponent(target.hash.slice(1));
          if (page === '') dead.push(`${url} -> ${href}`);
          else if (anchor !== '' && !page.includes(`id="${anchor}"`))
            dead.push(`${url} -> ${href}`);
        } else if (target.href.startsWith(`${repository}/`)) {
          const path = target.pathname.split('/main/')[1] ?? '';
          if (!existsSync(new URL(path, root))) dead.push(`${url} -> ${href}`);
        } else if (target.protocol !== 'https:') dead.push(`${url} -> ${href}`);
      }
    }
    assert.deepEqual([...new Set(dead)], []);
  });
});

describe('the search', () => {
  it('finds an error code', async () => {
    const context = await browser.newContext();
    const { page, problems } = await open(context, '/');
    await page.locator('.VPNavBarSearch button').click();
    await page.locator('#localsearch-input').fill('ERR_TOKEN_REVOKED');
    await page.locator('.results a[href*="err_token_revoked"]').first().waitFor();
    assert.deepEqual(problems, []);
    await context.close();
  });
});

describe('the playground', () => {
  it('is a page of the site', async () => {
    const context = await browser.newContext();
    const { page, problems } = await open(context, '/concepts.html');
    await page
      .locator('a', { hasText: /^playground$/ })
      .first()
      .click();
    await page.waitForURL(`${origin}/playground/index.html`);
    assert.match(await page.title(), /playground/);
    await page.locator('nav a', { hasText: /^zep-auth$/ }).click();
    await page.waitForURL(`${origin}/index.html`);
    assert.deepEqual(problems, []);
    await context.close();
  });
});

describe('the texts for language models', () => {
  it('list every page, and hold every page', async () => {
    const list = await readFile(join(dist, 'llms.txt'), 'utf8');
    const full = await readFile(join(dist, 'llms-full.txt'), 'utf8');
    for (const { path, title } of pages) {
      assert.ok(list.includes(`[${title}](${toUrl(path)})`), path);
      assert.ok(full.includes(`<!-- ${toUrl(path)} -->`), path);
    }
    for (const [, target] of (list + full).matchAll(/\]\((\/[^)#\s]+)/g)) {
      assert.ok(existsSync(join(dist, target)), `${target} is not a file of the site`);
    }
  });
});

describe('the reference', () => {
  it('has each command and its options', async () => {
    const text = await readFile(new URL('../.site/reference/cli.md', import.meta.url), 'utf8');
    const names = readdirSync(new URL('packages/cli/src/commands', root)).map((file) =>
      file.replace('.ts', ''),
    );
    for (const name of names.filter((one) => one !== 'init'))
      assert.match(text, new RegExp(`^## zepcli ${name}$`, 'm'));
    for (const option of ['--init-jwt', '--expires-in <time>', '--upstream <url>'])
      assert.ok(text.includes(option), option);
  });

  it('has the exported functions', async () => {
    const read = (name) =>
      readFile(new URL(`../.site/reference/api/${name}.md`, import.meta.url), 'utf8');
    assert.match(await read('core'), /createVerifier\(\)/);
    assert.match(await read('server'), /authGuard\(\)/);
    assert.match(await read('server-node'), /createNodeGate\(\)/);
    assert.match(await read('sdk-auth'), /createAuthFetch\(\)/);
  });
});
