// An Express middleware that asks the guard, which is a function from Request to Response.
// Never decides anything itself: it hands over the credentials, and goes on for one answer only.
import { readFile } from 'node:fs/promises';
import { loadAuthConfig } from '@zep-auth/core';
import { authGuard } from '@zep-auth/server';
import { Hono } from 'hono';

const config = await loadAuthConfig(process.env, { readFile });
const guard = new Hono();
guard.use(
  authGuard({
    config,
    onWarning: console.warn,
    onResult: ({ outcome, code }) => {
      if (outcome === 'refused') console.warn(`refused: ${code}`); // why, for the operator alone
    },
  }),
);
guard.get('/', (c) => c.json({ auth: c.var.auth })); // reached only past the guard
guard.onError((error) => {
  throw error; // what is no refusal is for Express to handle
});

// Every Authorization header there is: `request.headers` has the first one only.
const readAuthorization = ({ rawHeaders }) =>
  rawHeaders
    .filter((_, i) => i % 2 === 1 && rawHeaders[i - 1].toLowerCase() === 'authorization')
    .join(', ');

export const bearer = async (request, response, next) => {
  const authorization = readAuthorization(request);
  const answer = await guard.request('/', { headers: { authorization } });
  if (answer.ok) {
    request.auth = (await answer.json()).auth;
    next();
  } else {
    const headers = Object.fromEntries(answer.headers);
    response
      .status(answer.status)
      .set(headers)
      .end(await answer.text());
  }
};
