// Anthropic's SDK, for an API that speaks its protocol. It sends its key in x-api-key, which the token replaces.
import Anthropic from '@anthropic-ai/sdk';

export const options = { authorization: 'replace', header: 'x-api-key' };

export const connect = (url, authFetch) =>
  new Anthropic({ baseURL: url, fetch: authFetch, apiKey: 'unused' });

export const call = async (api, signal) => {
  const messages = [{ role: 'user', content: 'Who am I?' }];
  const request = { model: 'any', max_tokens: 10, messages };
  const { content } = await api.messages.create(request, { signal });
  return content[0].text;
};
