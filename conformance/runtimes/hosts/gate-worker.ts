// The gate as a Worker.
import { gate } from './gate.ts';

export default { fetch: (request: Request) => gate.fetch(request) };
