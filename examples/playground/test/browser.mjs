// Serves the built page on loopback and opens it in Chromium, recording every request.
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { buildInto, createPageServer, readHeaders } from '../page-files.mjs';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const isThere = existsSync(executablePath);
if (!isThere && process.env.CI) throw new Error(`there is no Chromium at ${executablePath}`);

/** Options of a test that needs the browser: without one, it is skipped with a message. */
export const inBrowser = isThere ? {} : { skip: `no Chromium at ${executablePath}: install it` };

const LAUNCH = {
  executablePath,
  args: ['--host-resolver-rules=MAP insecure.test 127.0.0.1'],
  ignoreDefaultArgs: ['--disable-back-forward-cache'], // users' browsers have one
};

/** A server on loopback that records the requested paths. */
export const listen = async (server) => {
  const asked = [];
  server.on('request', ({ url }) => asked.push(url));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { asked, port: server.address().port, close: () => server.close() };
};

/** Builds the page, serves it, with or without its headers, and starts the browser. */
export const openBrowser = async ({ hasHeaders = true } = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'playground-'));
  await buildInto(folder);
  const headers = hasHeaders ? await readHeaders(folder) : new Headers();
  const { port, asked, close } = await listen(createPageServer(folder, headers));
  const origin = `http://127.0.0.1:${port}`;
  const browser = await chromium.launch(LAUNCH);

  /** A new page, with its requests and its console messages. */
  const open = async ({ width = 1280, colorScheme = 'light', address = `${origin}/` } = {}) => {
    const viewport = { width, height: 900 };
    const context = await browser.newContext({ viewport, colorScheme });
    context.setDefaultTimeout(20_000); // for a page that hangs
    const requests = [];
    const complaints = [];
    context.on('request', (request) => requests.push(request.url()));
    context.on('console', (message) => complaints.push(message.text()));
    context.on('weberror', (error) => complaints.push(error.error().message));
    const page = await context.newPage();
    await page.goto(address);
    return { page, context, requests, complaints };
  };
  const stop = async () => {
    await browser.close();
    close();
    await rm(folder, { recursive: true });
  };
  return { open, stop, origin, port, asked };
};
