// For a Worker: the report is the answer to any request.
import { makeReport } from '../report.ts';

export default { fetch: async (): Promise<Response> => Response.json(await makeReport()) };
