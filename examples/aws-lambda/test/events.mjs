// Requests as AWS passes them to a function. The ids and addresses are from AWS's documentation.
const ACCOUNT = '123456789012';
const ID = 'abcdefghij';
const SENT_BY_CLIENT = { accept: '*/*', 'user-agent': 'curl/8.5.0' };
const SET_BY_AWS = {
  'x-amzn-trace-id': 'Root=1-65a0f0a0-0123456789abcdef01234567',
  'x-forwarded-for': '192.0.2.1',
  'x-forwarded-port': '443',
  'x-forwarded-proto': 'https',
};

const splitQuery = (path) => {
  const [rawPath, rawQueryString = ''] = path.split('?');
  return {
    rawPath,
    rawQueryString,
    query: Object.fromEntries(new URLSearchParams(rawQueryString)),
  };
};

/** Payload format 2.0: lower-case names, repeated headers joined by a comma, cookies separate. */
const version2 = (domainName, { method = 'GET', path, headers = {}, cookies, body, ...more }) => {
  const { rawPath, rawQueryString, query } = splitQuery(path);
  const joined = Object.entries(headers).map(([name, values]) => [name, [values].flat().join(',')]);
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath,
    rawQueryString,
    ...(cookies && { cookies }),
    headers: { ...SENT_BY_CLIENT, ...SET_BY_AWS, host: domainName, ...Object.fromEntries(joined) },
    ...(rawQueryString && { queryStringParameters: query }),
    requestContext: {
      accountId: ACCOUNT,
      apiId: ID,
      domainName,
      domainPrefix: ID,
      http: {
        method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: SENT_BY_CLIENT['user-agent'],
      },
      requestId: 'AbCdEfGhIjKlMnO=',
      routeKey: '$default',
      stage: '$default',
      time: '24/Nov/2026:08:00:00 +0000',
      timeEpoch: 1795507200000,
    },
    ...(body !== undefined && { body }),
    isBase64Encoded: false,
    ...more,
  };
};

const toLists = (headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [values].flat()]));
const toLast = (lists) =>
  Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.at(-1)]));

/** Payload format 1.0: every header as a list, and its last value as a string. */
const version1 = ({ method = 'GET', path, headers = {}, cookies, body = null, ...more }) => {
  const { rawPath, query } = splitQuery(path);
  const host = `${ID}.execute-api.eu-central-1.amazonaws.com`;
  const cookie = cookies && { Cookie: cookies.join('; ') };
  const lists = toLists({ ...SENT_BY_CLIENT, Host: host, ...cookie, ...headers });
  return {
    resource: '/{proxy+}',
    path: rawPath,
    httpMethod: method,
    headers: toLast(lists),
    multiValueHeaders: lists,
    queryStringParameters: query,
    multiValueQueryStringParameters: toLists(query),
    pathParameters: { proxy: rawPath.slice(1) },
    stageVariables: null,
    requestContext: {
      accountId: ACCOUNT,
      apiId: ID,
      domainName: host,
      httpMethod: method,
      identity: { sourceIp: '192.0.2.1' },
      path: `/prod${rawPath}`,
      protocol: 'HTTP/1.1',
      requestId: '01234567-89ab-4cde-8f01-23456789abcd',
      resourcePath: '/{proxy+}',
      stage: 'prod',
    },
    body,
    isBase64Encoded: false,
    ...more,
  };
};

/** A load balancer: lower-case names, as lists if the target group is configured so. */
const loadBalancer = (
  isMultiValue,
  { method = 'GET', path, headers = {}, cookies, body, ...more },
) => {
  const { rawPath, query } = splitQuery(path);
  const cookie = cookies && { cookie: cookies.join('; ') };
  const host = 'lb-1234567890.eu-central-1.elb.amazonaws.com';
  const lists = toLists({ ...SENT_BY_CLIENT, ...SET_BY_AWS, host, ...cookie, ...headers });
  const group = `arn:aws:elasticloadbalancing:eu-central-1:${ACCOUNT}:targetgroup/api/0123456789abcdef`;
  return {
    requestContext: { elb: { targetGroupArn: group } },
    httpMethod: method,
    path: rawPath,
    ...(isMultiValue
      ? { multiValueQueryStringParameters: toLists(query), multiValueHeaders: lists }
      : { queryStringParameters: query, headers: toLast(lists) }),
    body: body ?? '',
    isBase64Encoded: false,
    ...more,
  };
};

export const FORMS = {
  'a function URL': (request) => version2(`${ID}.lambda-url.eu-central-1.on.aws`, request),
  'API Gateway, payload 2.0': (request) =>
    version2(`${ID}.execute-api.eu-central-1.amazonaws.com`, request),
  'API Gateway, payload 1.0': version1,
  'a load balancer': (request) => loadBalancer(false, request),
  'a load balancer with lists': (request) => loadBalancer(true, request),
};
