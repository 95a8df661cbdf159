// The API behind `zepcli serve --demo`, which shows what reached it.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from './io/loopback.ts';

/** Starts an echo of method, path, headers and body on loopback; `/healthz` answers as Zep does. */
export const startDemo = async () => {
  const server = createServer(async (request, response) => {
    const { method, url = '', headers } = request;
    const [, path = '', query = ''] = /^([^?]*)(.*)$/s.exec(url) ?? [];
    // A client whose base URL ends with a slash asks for `//healthz`.
    if (method === 'GET' && /^\/?\/healthz$/.test(path)) {
      response.setHeader('content-type', 'text/plain').end('.');
      return;
    }
    const body = await text(request);
    const echo = JSON.stringify({ method, path, query, headers, body });
    response.setHeader('content-type', 'application/json').end(echo);
  });
  const { port, close } = await listenOnLoopback(server, 0);
  return { url: `http://127.0.0.1:${port}`, close };
};
