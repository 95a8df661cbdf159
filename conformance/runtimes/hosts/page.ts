// For a browser: the page's body holds the report.
import { makeReport } from '../report.ts';

document.body.textContent = JSON.stringify(await makeReport());
document.body.id = 'done';
