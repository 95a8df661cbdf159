// For a browser: the report is what the page has in its body.
import { makeReport } from '../report.ts';

document.body.textContent = JSON.stringify(await makeReport());
document.body.id = 'done';
