import { describe, expect, it, vi } from 'vitest';
import { mcpAuthProvider } from '../src/mcp.ts';
import { makeToken, refuse, TOKEN } from './recorder.ts';

const serverUrl = new URL('https://mcp.example.com/mcp');
const unauthorized = (challenge?: string) => ({ response: refuse(challenge), serverUrl });

describe('mcpAuthProvider', () => {
  it('returns a token that is a string each time', async () => {
    const provider = mcpAuthProvider(TOKEN);
    expect([await provider.token(), await provider.token()]).toEqual([TOKEN, TOKEN]);
  });

  it('caches the token of a function, and asks again after a 401', async () => {
    const tokens = [TOKEN, makeToken({ n: 1 })];
    const ask = vi.fn(() => tokens.shift() ?? expect.fail());
    const provider = mcpAuthProvider(ask);
    expect([await provider.token(), await provider.token()]).toEqual([TOKEN, TOKEN]);
    await provider.onUnauthorized(unauthorized('Bearer error="invalid_token"'));
    expect(await provider.token()).toBe(makeToken({ n: 1 }));
    expect(ask.mock.calls).toEqual([[{ isRefused: false }], [{ isRefused: true }]]);
  });

  it.each([
    ['a string', TOKEN],
    ['the same again', () => TOKEN],
  ])('rejects after a 401 without another token: %s', async (_, token) => {
    const provider = mcpAuthProvider(token);
    await provider.token();
    await expect(provider.onUnauthorized(unauthorized())).rejects.toMatchObject({
      code: 'ERR_TOKEN_EXPIRED',
    });
  });

  it('keeps the token when the 401 is for another reason, or nothing was sent', async () => {
    const ask = vi.fn(() => TOKEN);
    const provider = mcpAuthProvider(ask);
    await provider.onUnauthorized(unauthorized());
    expect(ask).not.toHaveBeenCalled();
    await provider.token();
    await provider.onUnauthorized(unauthorized('Bearer error="insufficient_scope"'));
    expect(await provider.token()).toBe(TOKEN);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it('fails as a client does', async () => {
    expect(() => mcpAuthProvider('')).toThrow(/empty/);
    expect(() => mcpAuthProvider(TOKEN, { providerTimeoutSeconds: 0 })).toThrow(RangeError);
    const provider = mcpAuthProvider(() => Promise.reject(new Error()));
    await expect(provider.token()).rejects.toMatchObject({ code: 'ERR_TOKEN_PROVIDER' });
  });
});
