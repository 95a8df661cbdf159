// Stores nothing, and leaves nothing in the browser's back and forward cache.
import { wireCheck } from './check-part.ts';
import { find } from './elements.ts';
import { wireExplain } from './explain-part.ts';
import { wireMake } from './make-part.ts';
import { wireSecretField } from './secret-field.ts';

find('#insecure', HTMLElement).hidden = isSecureContext;
for (const field of document.querySelectorAll('.secret')) wireSecretField(field);
wireMake(wireExplain());
wireCheck();

// The browser may keep a page in memory after it is left: empty it, and reload it when it is shown again.
addEventListener('pagehide', () => document.body.replaceChildren());
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
