// Servers on loopback for the redirect cases: two origins on HTTP and, with openssl, one on HTTPS.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';

/**
 * Answers `/redirect?status=…&to=…`, `/only/…`, which accepts only the token with this signature, `/busy`, and `/hang`,
 * which never answers. Echoes any other request; of `/target` only the path and the Authorization.
 */
const answer = async (request, response) => {
  const { method, url, headers } = request;
  const { pathname, searchParams } = new URL(url, 'http://origin');
  let body = '';
  for await (const chunk of request) body += chunk;
  // The test page has another origin than these servers.
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-allow-headers', 'authorization, content-type, x-own');
  response.setHeader('access-control-allow-methods', 'GET, POST, PUT');
  response.setHeader('access-control-expose-headers', 'www-authenticate, retry-after');
  const authorization = headers.authorization ?? null;
  if (method === 'OPTIONS') response.writeHead(204).end();
  else if (pathname === '/redirect') {
    response.writeHead(Number(searchParams.get('status')), { location: searchParams.get('to') });
    response.end();
  } else if (pathname === '/busy') response.writeHead(503, { 'retry-after': '7' }).end();
  else if (pathname.startsWith('/only/') && !authorization?.endsWith(pathname.slice(6))) {
    response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end('refused');
  } else if (pathname === '/target') response.end(JSON.stringify([pathname, authorization]));
  else if (pathname !== '/hang') {
    const own = headers['x-own'] ?? null;
    response.end(JSON.stringify({ method, url, authorization, own, body }));
  }
};

const listen = async (server, scheme) => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `${scheme}://127.0.0.1:${server.address().port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};

/** Creates a certificate for 127.0.0.1. Returns undefined without openssl, which CI must have. */
const makeCertificate = (folder) => {
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  const words =
    'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=zep-auth';
  const extensions = ['subjectAltName=IP:127.0.0.1', 'basicConstraints=critical,CA:FALSE'];
  const added = extensions.flatMap((text) => ['-addext', text]);
  try {
    execFileSync('openssl', [...words.split(' '), ...added, '-keyout', key, '-out', cert], {
      stdio: 'pipe',
    });
  } catch (error) {
    if (error.code !== 'ENOENT' || process.env.CI) throw error;
    console.error('SKIPPED: no openssl, so no redirect from HTTPS is tested');
    return undefined;
  }
  return cert;
};

/** Starts the servers. A runtime must trust the file `certificate` to reach `secure`. */
export const startOrigins = async (folder) => {
  const [home, other] = await Promise.all([1, 2].map(() => listen(createServer(answer), 'http')));
  const certificate = makeCertificate(folder);
  const secure =
    certificate &&
    (await listen(
      createTlsServer(
        { cert: readFileSync(certificate), key: readFileSync(join(folder, 'key.pem')) },
        answer,
      ),
      'https',
    ));
  const servers = [home, other, secure];
  return {
    certificate,
    origins: { home: home.origin, other: other.origin, secure: secure?.origin },
    close: () => {
      for (const server of servers) server?.close();
    },
  };
};
