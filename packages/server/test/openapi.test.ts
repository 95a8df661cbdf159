import { describe, expect, expectTypeOf, it } from 'vitest';
import { bearer, cookie, header, query, type Source, subprotocol } from '../src/index.ts';
import { describeAuth } from '../src/openapi.ts';

const OPERATION = { summary: 'List things', responses: { 200: { description: 'All things.' } } };

describe('the security schemes', () => {
  it('are a bearer token unless the guard has other sources', () => {
    expect(describeAuth().securitySchemes).toEqual({
      bearer: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: expect.any(String),
      },
    });
  });

  it('are one for each source, under a name that a component may have', () => {
    const sources = [
      header('X-API-Key'),
      cookie('__Host-a!b'),
      query('access_token'),
      subprotocol(),
    ];
    expect(describeAuth({ sources }).securitySchemes).toMatchObject({
      'header_x-api-key': { type: 'apiKey', in: 'header', name: 'x-api-key' },
      'cookie___Host-a_b': { type: 'apiKey', in: 'cookie', name: '__Host-a!b' },
      query_access_token: { type: 'apiKey', in: 'query', name: 'access_token' },
      subprotocol: { type: 'apiKey', in: 'header', name: 'Sec-WebSocket-Protocol' },
    });
  });

  it('cannot be told of a source that is not of this package', () => {
    const source = { ...bearer(), name: 'mine' } satisfies Source;
    expect(() => describeAuth({ sources: [source] })).toThrow(
      /^describeAuth cannot describe .*mine/,
    );
  });
});

describe('secure', () => {
  it('adds security and refusals to an operation, and keeps the rest', () => {
    const { secure } = describeAuth();
    const { security, responses, ...rest } = secure(OPERATION);
    expect(rest).toEqual({ summary: 'List things' });
    expect(security).toEqual([{ bearer: [] }]);
    expect(Object.keys(responses)).toEqual(['200', '400', '401']);
    expect(responses[200]).toBe(OPERATION.responses[200]);
    expectTypeOf(responses[200].description).toExtend<string>();
    for (const status of [400, 401] as const) {
      expect(responses[status].headers).toHaveProperty('WWW-Authenticate');
      const { schema } = responses[status].content['application/problem+json'];
      expect(schema).toMatchObject({ required: ['type', 'title', 'status', 'detail'] });
    }
  });

  it('names the scopes of the guard and of the route, and the 403 for them', () => {
    const { secure } = describeAuth({
      scopes: ['things:read'],
      sources: [bearer(), header('x-key')],
    });
    const { security, responses } = secure(OPERATION, 'things:write', 'things:read');
    const needed = ['things:read', 'things:write'];
    expect(security).toEqual([{ bearer: needed }, { 'header_x-key': needed }]);
    expect(responses[403]).toMatchObject({
      description: expect.stringContaining('things:read, things:write'),
      headers: { 'WWW-Authenticate': {} },
    });
  });

  it('has the refusals that the guard’s options make possible, and no other', () => {
    const statusesOf = (options: Parameters<typeof describeAuth>[0]): readonly string[] =>
      Object.keys(describeAuth(options).secure({}).responses);
    expect(statusesOf({ throttle: {} })).toEqual(['400', '401', '429']);
    expect(statusesOf({ revocations: {} })).toEqual(['400', '401', '503']);
    expect(statusesOf({ requireHttps: true })).toEqual(['400', '401', '403']);
    expect(statusesOf({ sources: [cookie('jwt')] })).toEqual(['400', '401', '403']);
    const { 429: tooMany, 503: down } = describeAuth({ throttle: {}, revocations: {} }).secure(
      {},
    ).responses;
    for (const refused of [tooMany, down]) expect(refused?.headers).toHaveProperty('Retry-After');
  });

  it('lets a request without a token in where the token is optional, unless a scope is needed', () => {
    const { secure } = describeAuth({ optional: true });
    expect(secure({}).security).toEqual([{ bearer: [] }, {}]);
    expect(secure({}, 'things:write').security).toEqual([{ bearer: ['things:write'] }]);
  });

  it('prefers the operation’s own response', () => {
    const own = { description: 'A wrong query.' };
    expect(describeAuth().secure({ responses: { 400: own } }).responses[400]).toBe(own);
  });

  it('takes no scope with a space', () => {
    expect(() => describeAuth({ scopes: ['a b'] })).toThrow(TypeError);
    expect(() => describeAuth().secure({}, 'a b')).toThrow(TypeError);
  });
});
