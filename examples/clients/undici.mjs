// undici from npm, for its Agent; `dispatcher` and the other options reach it.
import { Agent, fetch } from 'undici';

const dispatcher = new Agent({ connect: { timeout: 5000 } });

export const options = { fetch };

export const connect = (url, authFetch) => (path, init) =>
  authFetch(`${url}${path}`, { ...init, dispatcher });

export const call = async (get, signal) => {
  const response = await get('/me', { signal });
  if (response.ok) return response.json();
  throw new Error(`the API answered ${response.status}`);
};
