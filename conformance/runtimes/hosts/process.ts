// For a runtime that is a program with standard output: Node, Bun, Deno.
import { makeReport } from '../report.ts';

console.log(JSON.stringify(await makeReport()));
