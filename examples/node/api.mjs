// A stand-in for your API. It checks no token, because only the gate can reach it.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  response.end(`hello from the API at ${request.url}\n`);
});
server.listen(process.env.PORT ?? 8000, process.env.HOST, () => {
  console.log(`listening on port ${server.address().port}`);
});
process.once('SIGTERM', () => process.exit());
