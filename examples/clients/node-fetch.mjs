// node-fetch, for its agent. On a redirect it keeps the token for another port and for a subdomain of the host, so
// redirects are errors here.
import { Agent } from 'node:http';
import fetch from 'node-fetch';

const agent = new Agent({ keepAlive: false });

export const options = { fetch };

export const connect = (url, authFetch) => (path, init) =>
  authFetch(`${url}${path}`, { ...init, agent, redirect: 'error' });

export const call = async (get, signal) => {
  const response = await get('/me', { signal });
  if (response.ok) return response.json();
  throw new Error(`the API answered ${response.status}`);
};
