// OpenAI's SDK, for an API that speaks its protocol. It sends its key in Authorization, which the token replaces.
import OpenAI from 'openai';

export const options = { authorization: 'replace' };

export const connect = (url, authFetch) =>
  new OpenAI({ baseURL: new URL('/v1', url).href, fetch: authFetch, apiKey: 'unused' });

export const call = async (api, signal) => {
  const messages = [{ role: 'user', content: 'Who am I?' }];
  const { choices } = await api.chat.completions.create({ model: 'any', messages }, { signal });
  return choices[0].message.content;
};
