// A small API that speaks each client's protocol. It does not authenticate: the gate in front of it does.
import { createServer } from 'node:http';

const json = (response, body) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(body));
};
const sendEvents = (response, ...events) => {
  response.setHeader('content-type', 'text/event-stream');
  for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`);
};

const routes = {
  'GET /me': (response) => json(response, { name: 'alice' }),
  'GET /healthz': (response) => response.setHeader('x-zep-version', '0.27.0').end('.'),
  'GET /api/v1/user/alice': (response) => json(response, { user_id: 'alice' }),
  'POST /graphql': (response) => json(response, { data: { me: { name: 'alice' } } }),
  'POST /v1/chat/completions': (response, { stream }) => {
    if (!stream) return json(response, { choices: [{ message: { content: 'alice' } }] });
    const words = ['ali', 'ce'].map((content) => ({ choices: [{ delta: { content } }] }));
    sendEvents(response, ...words);
    return response.end('data: [DONE]\n\n');
  },
  'GET /events': (response) => sendEvents(response, { name: 'alice' }), // the stream stays open
};

export const createApi = () =>
  createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const answer = routes[`${request.method} ${request.url}`];
    if (answer) answer(response, text === '' ? {} : JSON.parse(text));
    else response.writeHead(404).end('{}');
  });

if (process.argv[1] === import.meta.filename) createApi().listen(8000, '127.0.0.1');
