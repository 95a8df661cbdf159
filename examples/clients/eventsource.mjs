// Server-sent events with the npm package eventsource, because a browser's EventSource cannot send headers.
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import { EventSource } from 'eventsource';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const open = (path) => new EventSource(new URL(path, url), { fetch: authFetch });

/** Returns the first event. */
export const call = (path = '/events') =>
  new Promise((resolve, reject) => {
    const source = open(path);
    source.onmessage = ({ data }) => resolve(data);
    source.onerror = ({ message, code }) => reject(Object.assign(new Error(message), { code }));
    const close = () => source.close();
    source.addEventListener('message', close);
    source.addEventListener('error', close);
  });
