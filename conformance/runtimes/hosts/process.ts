// For programs with standard output: Node, Bun, Deno.
import { makeReport } from '../report.ts';

console.log(JSON.stringify(await makeReport()));
