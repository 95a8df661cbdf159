// Uses the three parts of the page like a user. Expected texts are written here, not taken from the page's code.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createVerifier } from '@zep-auth/core';
import { inBrowser, openBrowser } from './browser.mjs';
import { bad, good, hostile, secret } from './tokens.mjs';

describe('the page', inBrowser, () => {
  let chromium;
  let view;
  before(async () => {
    chromium = await openBrowser();
    view = await chromium.open();
  });
  after(() => chromium?.stop());

  const press = (name) => view.page.getByRole('button', { name, exact: true }).click();
  /** What a part says once it is done with the last change. */
  const result = async (part) => {
    await view.page.locator(`#${part}-form:not([aria-busy=true])`).waitFor();
    return view.page.locator(`#${part}-status:not(:empty)`).innerText();
  };
  const explain = async (token, key = '') => {
    await view.page.fill('#explain-token', token);
    await view.page.fill('#explain-secret', key);
    return result('explain');
  };

  it('creates a secret and a token that a server with that secret accepts', async () => {
    const { page, context } = view;
    assert.match(await result('make'), /^A token needs a secret/);
    await page.fill('#make-secret', 'changeme');
    assert.match(await result('make'), /^ERR_SECRET_WEAK the secret is shorter than 32 bytes/);
    await press('Make a secret');
    assert.equal(await page.getAttribute('#make-secret', 'type'), 'password');
    await press('Show the secret to sign with');
    assert.equal(await page.getAttribute('#make-secret', 'type'), 'text');
    const made = await page.inputValue('#make-secret');
    assert.equal(made.length, 88);
    await press('Hide the secret to sign with');
    assert.equal(await page.getAttribute('#make-secret', 'type'), 'password');

    await page.fill('#make-subject', 'alice');
    await page.fill('#make-scope', ' read  write ');
    await page.selectOption('#make-expiry', { label: 'in 1 hour' });
    await page.fill('#make-more', '{"seats": 5, "sub": "root"}');
    assert.match(await result('make'), /sub has its own field/);
    await page.fill('#make-more', '[1]');
    assert.match(await result('make'), /not an object/);
    await page.fill('#make-more', '{"seats": 5}');
    assert.equal(await result('make'), 'Here is the token.');

    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await press('Copy the token');
    assert.equal(await result('make'), 'Copied the token.');
    const token = await page.inputValue('#make-token');
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
    await press('Copy the secret');
    await page.locator('#make-secret-note', { hasText: 'Copied the secret.' }).waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), made);

    const { claims, keyId } = await createVerifier({ secret: made }).verify(token);
    const { exp, iat, jti, ...others } = claims;
    assert.equal(exp - iat, 3600);
    assert.match(jti, /^[0-9a-f-]{36}$/);
    assert.deepEqual(others, { sub: 'alice', scope: 'read write', seats: 5 });
    assert.equal(JSON.parse(Buffer.from(token.split('.')[0], 'base64url')).kid, keyId);
  });

  it('explains the created token, and moves the focus there', async () => {
    await press('Explain this token');
    assert.match(await result('explain'), /^Accepted\. Signed with this secret, and valid now/);
    assert.equal(await view.page.evaluate(() => document.activeElement.id), 'explain-status');
    const details = await view.page.innerText('#explain-details');
    assert.match(details, /alg\s+algorithm\s+"HS256"/);
    assert.match(
      details,
      /exp\s+expires\s+\d{10}\s+\d+ \w+ 20\d\d at [\d:]+ UTC \(in \d\d minutes\)/,
    );
  });

  it('makes another token when its input changes, and warns of one that never expires', async () => {
    const before = await view.page.inputValue('#make-token');
    await view.page.selectOption('#make-expiry', { label: 'never' });
    assert.match(await result('make'), /It never expires/);
    assert.notEqual(await view.page.inputValue('#make-token'), before);
    await view.page.fill('#make-secret', 'changeme');
    assert.match(await result('make'), /^ERR_SECRET_WEAK/);
    assert.equal(await view.page.isVisible('#make-token'), false);
    assert.equal(await view.page.inputValue('#make-token'), '');
  });

  it('shows a command and code for the token, which hold no secret', async () => {
    const { page } = view;
    await press('Make a secret');
    await page.fill('#make-subject', "o'neil");
    await page.fill('#make-more', '{"team": "ops", "seats": 5}');
    await page.selectOption('#make-expiry', { label: 'in 1 hour' });
    assert.equal(await result('make'), 'Here is the token.');
    await page.locator('#make summary').click();
    assert.equal(
      await page.innerText('#make-command'),
      String.raw`zepcli token --dotenv .env --sub 'o'\''neil' --scope 'read write' --claim team=ops --claim-json seats=5 --expires-in 1h`,
    );
    const code = await page.innerText('#make-code');
    assert.match(code, /jti: crypto\.randomUUID\(\) \}, \{ expiresInSeconds: 3600 \}\);/);
    assert.ok(!code.includes(await page.inputValue('#make-secret')));
  });

  it('ties each part of a token to what it decodes to, by colour', async () => {
    await explain(good, secret);
    const colours = await view.page
      .locator('.part')
      .evaluateAll((parts) =>
        parts.map((part) => [
          part.querySelector('.raw').textContent,
          getComputedStyle(part.querySelector('.raw')).color,
          getComputedStyle(part.querySelector('h3')).color,
        ]),
      );
    assert.deepEqual(colours.map(([text]) => text).join('.'), good);
    for (const [, raw, title] of colours) assert.equal(raw, title);
    assert.equal(new Set(colours.map(([, raw]) => raw)).size, 3);
  });

  it('marks the first character that no token has', async () => {
    const text = await explain(`${good.slice(0, 30)}…${good.slice(31)}`);
    assert.match(text, /character 31 is U\+2026, an ellipsis/);
    assert.equal(await view.page.innerText('#explain-details mark'), '…');
  });

  it('links to what a token says, without its signature and the secret', async () => {
    const { page, context } = view;
    await explain(good, secret);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await press('Copy a link to what it says');
    await page.locator('#explain-note', { hasText: 'Copied a link' }).waitFor();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const [head, payload, mac] = good.split('.');
    assert.equal(link, `${chromium.origin}/#says=${head}.${payload}`);
    assert.ok(!link.includes(mac) && !link.includes(secret));
    const other = await chromium.open({ address: link });
    await other.page.locator('#explain-details', { hasText: 'alice' }).waitFor();
    await other.page.locator('#explain-status.bad').waitFor();
    assert.equal(other.page.url(), `${chromium.origin}/`);
    await other.context.close();
  });

  it('explains a good token without the secret, and with a weak secret', async () => {
    assert.match(await explain(good), /^Not verified\. It looks like a good token/);
    const details = await view.page.innerText('#explain-details');
    assert.match(details, /Signature unknown\s+not checked: this needs the secret/);
    assert.match(details, /Do not rely on these/);
    assert.match(await explain(good, 'changeme'), /^Not verified\./);
    assert.match(
      await view.page.innerText('#explain-details'),
      /ERR_SECRET_WEAK not checked: the secret is shorter/,
    );
    assert.match(await explain(good, secret), /^Accepted\./);
    await view.page.fill('#explain-secret', `${secret}x`);
    assert.match(await result('explain'), /^Refused\. ERR_TOKEN_SIGNATURE/);
    await view.page.fill('#explain-token', '');
    assert.equal(await view.page.innerText('#explain-status'), '');
    assert.equal(await view.page.innerText('#explain-details'), '');
  });

  for (const [name, { token, says, withSecret = says }] of Object.entries(bad)) {
    it(`names the mistake in a token: ${name}`, async () => {
      for (const [key, expected] of [
        ['', says],
        [secret, withSecret],
      ]) {
        const text = await explain(token, key);
        for (const words of expected) assert.ok(text.includes(words), `${text} lacks ${words}`);
        assert.doesNotMatch(text, /Accepted/);
      }
    });
  }

  it('refuses an expired token whatever the secret is', async () => {
    assert.match(await explain(bad.expired.token), /^Refused, whatever the secret is\./);
    assert.match(await view.page.innerText('#explain-details'), /\(3 days ago\)/);
  });

  it('shows a token’s content as text, with hidden characters escaped', async () => {
    await explain(hostile, secret);
    const details = await view.page.innerText('#explain-details');
    assert.match(details, /"<img src=\\"https:\/\/collect\.test\/\\" onerror=/);
    assert.match(details, /<b>name<\/b>\s+"left\\u\{202e\}right"/);
    assert.equal(await view.page.locator('#explain-details :is(img, b)').count(), 0);
    assert.equal(await view.page.title(), 'zep-auth playground');
  });

  it('checks a secret, and names each problem', async () => {
    const { page } = view;
    const judge = async (text) => {
      await page.fill('#check-secret', text);
      return result('check');
    };
    assert.match(
      await judge(' "changeme"'),
      /^Not usable\.\s+too-short .+\s+edge The secret begins/,
    );
    assert.match(await judge('x'.repeat(40)), /repeated The secret is one block repeated/);
    assert.match(await judge(good), /token The secret is a token \(a JWT\)/);
    assert.match(await judge(secret), /^Usable\. 88 bytes, no problem found/);
    await page.fill('#check-secret', '');
    assert.equal(await page.innerText('#check-status'), '');
    await page.evaluate((text) => navigator.clipboard.writeText(`${text}\n`), secret);
    await page.focus('#check-secret');
    await page.keyboard.press('Control+V');
    await page.locator('#check-secret-note', { hasText: 'without its line break' }).waitFor();
    assert.equal(await page.inputValue('#check-secret'), secret);
  });

  it('requests only its own files, stores nothing, and logs no errors', async () => {
    const { page, context, requests, complaints } = view;
    const files = ['/', '/page.css', '/page.js'];
    assert.deepEqual(
      requests.sort(),
      files.map((path) => chromium.origin + path),
    );
    const asked = new Set(chromium.asked.filter((path) => path !== '/favicon.ico'));
    assert.deepEqual([...asked].sort(), files);
    assert.equal(page.url(), `${chromium.origin}/`);
    assert.deepEqual(await context.storageState({ indexedDB: true }), { cookies: [], origins: [] });
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    assert.deepEqual(complaints, []);
  });

  it('empties itself when the user leaves, and is empty when the user comes back', async () => {
    const { page } = view;
    await page.goto(`${chromium.origin}/elsewhere`);
    await page.goBack();
    await page.locator('#check-secret').waitFor();
    const values = await page
      .locator('input:not([type=checkbox]), textarea')
      .evaluateAll((all) => all.map(({ value }) => value).join(''));
    assert.equal(values, '');
    const isEmpty = await page.evaluate(() => {
      dispatchEvent(new PageTransitionEvent('pagehide'));
      return document.body.textContent === '';
    });
    assert.ok(isEmpty);
  });
});
