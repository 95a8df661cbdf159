// The token with server-sent events: the EventSource of npm, as the browsers' own sends no header.
// Never goes to another origin than that of ZEP_API_URL.
import { createAuthFetch, tokenFromEnv } from '@zep-auth/sdk-auth';
import { EventSource } from 'eventsource';

const url = process.env.ZEP_API_URL;
const authFetch = createAuthFetch({
  token: tokenFromEnv(process.env),
  origins: [new URL(url).origin],
});

export const open = (path) => new EventSource(new URL(path, url), { fetch: authFetch });

/** Waits for one event. */
export const call = (path = '/events') =>
  new Promise((resolve, reject) => {
    const source = open(path);
    source.onmessage = ({ data }) => resolve(data);
    source.onerror = ({ message, code }) => reject(Object.assign(new Error(message), { code }));
    const close = () => source.close();
    source.addEventListener('message', close);
    source.addEventListener('error', close);
  });
