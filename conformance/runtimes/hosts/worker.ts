// For a Worker: any request gets the report.
import { makeReport } from '../report.ts';

export default { fetch: async (): Promise<Response> => Response.json(await makeReport()) };
