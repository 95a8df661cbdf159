// The page's looks and its use without a mouse: axe, widths, focus, and screenshots.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inBrowser, openBrowser } from './browser.mjs';
import { bad, good, secret } from './tokens.mjs';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
/** Ignored by Git. */
const PICTURES = fileURLToPath(new URL('../.generated', import.meta.url));
const LOOKS = ['light', 'dark'].flatMap((colorScheme) =>
  [1280, 360].map((width) => ({ colorScheme, width })),
);

/** States of the page; each builds on the one before. */
const STATES = {
  empty: async () => {},
  accepted: async (page) => {
    await page.click('#make-new');
    await page.fill('#make-subject', 'alice');
    await page.fill('#make-scope', 'read write');
    await page.locator('#make-status.good').waitFor();
    await page.locator('#make summary').click();
    await page.click('#make-explain');
    await page.locator('#explain-status.good').waitFor();
    await page.fill('#check-secret', secret);
  },
  refused: async (page) => {
    await page.fill('#make-secret', 'changeme');
    await page.fill('#explain-token', bad.expired.token);
    await page.fill('#explain-secret', secret);
    await page.locator('#explain-status.bad').waitFor();
    await page.fill('#check-secret', ' "changeme"');
  },
  open: async (page) => {
    await page.fill('#explain-token', good);
    await page.fill('#explain-secret', '');
    await page.locator('#explain-status.open').waitFor();
  },
};

describe('the page', inBrowser, () => {
  let chromium;
  before(async () => {
    chromium = await openBrowser();
  });
  after(() => chromium?.stop());

  for (const { colorScheme, width } of LOOKS) {
    it(`has no violation in ${colorScheme} at ${width} pixels, and does not scroll sideways`, async () => {
      const { page } = await chromium.open({ colorScheme, width });
      await page.evaluate(axe);
      for (const [state, bring] of Object.entries(STATES)) {
        await bring(page);
        // Axe runs this rule only on request.
        const rules = { 'target-size': { enabled: true } };
        const { violations, incomplete, passes } = await page.evaluate(
          (options) => globalThis.axe.run(options),
          { rules },
        );
        const describeAll = (found) =>
          found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
        assert.deepEqual(describeAll(violations), [], state);
        assert.deepEqual(describeAll(incomplete), [], state);
        const passed = passes.map(({ id }) => id);
        for (const rule of ['color-contrast', 'label', 'button-name', 'target-size', 'region']) {
          assert.ok(passed.includes(rule), `${rule} has not run`);
        }
        const scrolls = await page.evaluate(() => [
          document.documentElement.scrollWidth,
          document.documentElement.clientWidth,
        ]);
        assert.equal(scrolls[0], scrolls[1], state);
        const path = `${PICTURES}/${colorScheme}-${width}-${state}.png`;
        await page.screenshot({ path, fullPage: true });
      }
    });
  }

  it('looks different in light and dark', async () => {
    const grounds = [];
    for (const colorScheme of ['light', 'dark']) {
      const { page } = await chromium.open({ colorScheme });
      grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    }
    assert.notEqual(grounds[0], grounds[1]);
  });

  it('works with the keyboard alone: controls in order, with a visible focus', async () => {
    const { page } = await chromium.open({ width: 360 });
    const controls = 'a, input, select, textarea, button, summary';
    const expected = await page
      .locator(controls)
      .evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.outerHTML));
    const reached = [];
    for (const _ of expected) {
      await page.keyboard.press('Tab');
      const focus = await page.evaluate(() => {
        const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
        return [document.activeElement.outerHTML, outlineStyle, outlineWidth];
      });
      assert.deepEqual(focus.slice(1), ['solid', '3px']);
      reached.push(focus[0]);
    }
    assert.ok(expected.length > 15);
    assert.deepEqual(reached, expected);

    await page.focus('#make-new');
    await page.keyboard.press('Enter');
    await page.focus('#make-subject');
    await page.keyboard.type('alice');
    await page.locator('#make-status.good').waitFor();
    await page.locator('#make-explain').focus();
    await page.keyboard.press('Space');
    await page.locator('#explain-status.good').waitFor();
  });

  it('tells the browser to store no input, and announces results to screen readers', async () => {
    const { page } = await chromium.open();
    const fields = await page
      .locator('form, input, select, textarea')
      .evaluateAll((all) =>
        all.map((one) => [one.id, one.getAttribute('autocomplete'), one.getAttribute('name')]),
      );
    assert.ok(fields.length > 12);
    for (const [id, autocomplete, name] of fields) {
      assert.deepEqual([autocomplete, name], ['off', null], id);
    }
    const secrets = await page
      .locator('.secret input')
      .evaluateAll((all) => all.map(({ type, spellcheck }) => [type, spellcheck]));
    assert.deepEqual(secrets, Array(3).fill(['password', false]));
    const statuses = page.locator('#make-status, #explain-status, #check-status');
    const roles = await statuses.evaluateAll((all) => all.map(({ role }) => role));
    assert.deepEqual(roles, Array(3).fill('status'));
  });
});
