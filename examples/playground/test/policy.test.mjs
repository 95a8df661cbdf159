// Nothing can leave the page, even if its own script tried, with and without the headers. Each attempt must be blocked by
// the policy; a request that merely failed does not count.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { inBrowser, listen, openBrowser } from './browser.mjs';

/** Tries to send data from the page; returns the directives that blocked it. */
const tryToLeak = async ({ collector, policies }) => {
  const forbidden = [];
  let hear;
  const attempts = {
    fetch: () => fetch(collector).catch(() => undefined),
    'fetch to its own host': () => fetch('/leak').catch(() => undefined),
    beacon: () => navigator.sendBeacon(collector, 'x'),
    socket: () => new WebSocket(collector.replace('http', 'ws')),
    image: () => {
      new Image().src = collector;
    },
    form: () => {
      const form = document.createElement('form');
      form.action = collector;
      document.body.append(form);
      form.submit();
    },
    frame: () => {
      const frame = document.createElement('iframe');
      frame.src = collector;
      document.body.append(frame);
    },
    style: () => {
      const style = document.createElement('style');
      style.textContent = `body { background: url(${collector}) }`;
      document.body.append(style);
    },
    'script as text': () => {
      try {
        document.createElement('script').text = 'void 0';
      } catch {
        // the event below has the reason
      }
    },
  };
  document.addEventListener('securitypolicyviolation', (event) => hear(event));
  for (const [name, attempt] of Object.entries(attempts)) {
    // Each policy reports separately.
    const violations = new Promise((resolve) => {
      const heard = [];
      hear = ({ effectiveDirective, disposition }) => {
        heard.push(`${effectiveDirective} ${disposition}`);
        if (heard.length === policies) resolve(heard);
      };
    });
    await attempt();
    forbidden.push([name, [...new Set(await violations)].join(', ')]);
  }
  return Object.fromEntries(forbidden);
};

for (const hasHeaders of [true, false]) {
  describe(
    `the policy ${hasHeaders ? 'in the headers and the page' : 'in the page alone'}`,
    inBrowser,
    () => {
      let chromium;
      let collector;
      before(async () => {
        chromium = await openBrowser({ hasHeaders });
        collector = await listen(createServer((_request, response) => response.end()));
      });
      after(async () => {
        await chromium?.stop();
        collector?.close();
      });

      it('blocks every way out of the page, and nothing arrives', async () => {
        const { page } = await chromium.open();
        const address = `http://127.0.0.1:${collector.port}/`;
        const asked = { collector: address, policies: hasHeaders ? 2 : 1 };
        assert.deepEqual(await page.evaluate(tryToLeak, asked), {
          fetch: 'connect-src enforce',
          'fetch to its own host': 'connect-src enforce',
          beacon: 'connect-src enforce',
          socket: 'connect-src enforce',
          image: 'img-src enforce',
          form: 'form-action enforce',
          frame: 'frame-src enforce',
          style: 'style-src-elem enforce',
          'script as text': 'require-trusted-types-for enforce',
        });
        assert.deepEqual(collector.asked, []);
        assert.equal(chromium.asked.includes('/leak'), false);
        // Other requests do reach the collector.
        assert.equal((await fetch(address)).status, 200);
        assert.deepEqual(collector.asked, ['/']);
      });

      it(`${hasHeaders ? 'lets no other page' : 'cannot keep another page from'} frame it`, async () => {
        const outside = await listen(
          createServer((_request, response) => {
            response.setHeader('Content-Type', 'text/html');
            response.end(`<!doctype html><iframe src="${chromium.origin}/"></iframe>`);
          }),
        );
        try {
          const { page } = await chromium.open({ address: `http://127.0.0.1:${outside.port}/` });
          const frame = await (await page.waitForSelector('iframe')).contentFrame();
          await page.waitForLoadState('load');
          assert.equal(await frame.locator('#make').count(), hasHeaders ? 0 : 1);
        } finally {
          outside.close();
        }
      });
    },
  );
}

describe('a page without HTTPS, not on localhost', inBrowser, () => {
  let chromium;
  before(async () => {
    chromium = await openBrowser();
  });
  after(() => chromium?.stop());

  it('says that browsers offer no cryptography there', async () => {
    const insecure = await chromium.open({ address: `http://insecure.test:${chromium.port}/` });
    assert.match(await insecure.page.innerText('#insecure'), /only over HTTPS or on localhost/);
    const { page } = await chromium.open();
    assert.equal(await page.isVisible('#insecure'), false);
  });
});
