// The API behind `zepcli serve --demo`, which shows what reached it.
import { Hono } from 'hono';

/** An echo of method, path, headers and body; `/healthz` answers as Zep does. */
export const createDemo = (): Hono => {
  const demo = new Hono();
  // A client whose base URL ends with a slash asks for `//healthz`.
  for (const path of ['/healthz', '//healthz']) demo.get(path, (c) => c.text('.'));
  demo.all('*', async (c) => {
    const { pathname, search } = new URL(c.req.url);
    const headers = Object.fromEntries(c.req.raw.headers);
    return c.json({
      method: c.req.method,
      path: pathname,
      query: search,
      headers,
      body: await c.req.text(),
    });
  });
  return demo;
};
