// Ollama has no authentication: put the gate in front of it. Its client can abort a stream, but not this call.
import { Ollama } from 'ollama';

export const connect = (url, authFetch) => new Ollama({ host: url, fetch: authFetch });

export const call = async (api) => {
  const messages = [{ role: 'user', content: 'Who am I?' }];
  return (await api.chat({ model: 'any', messages })).message.content;
};
