// The gate on the own server of Bun and Deno. Prints its port.
import { gate } from './gate.ts';

interface Runtime {
  readonly Bun?: {
    serve(options: { port: number; hostname: string; fetch: typeof gate.fetch }): {
      readonly port: number;
    };
  };
  readonly Deno?: {
    serve(
      options: { port: number; hostname: string; onListen: (address: { port: number }) => void },
      fetch: (request: Request) => Response | Promise<Response>,
    ): unknown;
  };
}

const { Bun, Deno } = globalThis as Runtime;
const hostname = '127.0.0.1';
if (Bun)
  console.log(
    Bun.serve({ port: 0, hostname, fetch: (request: Request) => gate.fetch(request) }).port,
  );
Deno?.serve({ port: 0, hostname, onListen: ({ port }) => console.log(port) }, (request) =>
  gate.fetch(request),
);
