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
const alice = { name: 'alice' };
const message = { role: 'assistant', content: 'alice' };

const routes = {
  'GET /me': (response) => json(response, alice),
  'GET /healthz': (response) => response.setHeader('x-zep-version', '0.27.0').end('.'),
  'GET /api/v1/user/alice': (response) => json(response, { user_id: 'alice' }),
  'POST /graphql': (response) => json(response, { data: { me: alice } }),
  'GET /trpc/me?batch=1&input=%7B%7D': (response) => json(response, [{ result: { data: alice } }]),
  'GET /rest/v1/users?select=name': (response) => json(response, [alice]),
  'GET /events': (response) => sendEvents(response, alice), // the stream stays open
  'POST /v1/chat/completions': (response, { stream }) => {
    const completion = { id: '1', created: 1, model: 'any' };
    if (!stream) {
      const choice = { index: 0, finish_reason: 'stop', message };
      return json(response, { ...completion, object: 'chat.completion', choices: [choice] });
    }
    const words = ['ali', 'ce'].map((content) => ({ choices: [{ delta: { content } }] }));
    sendEvents(response, ...words);
    return response.end('data: [DONE]\n\n');
  },
  'POST /v1/messages': (response) =>
    json(response, { type: 'message', content: [{ type: 'text', text: 'alice' }] }),
  'POST /api/chat': (response) => json(response, { message, done: true }),
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
