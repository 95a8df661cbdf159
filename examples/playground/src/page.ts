// Brings the page to life.
// Never stores what is typed into it, and leaves nothing behind in the browser's back and forward cache.
import { wireCheck } from './check-part.ts';
import { find } from './elements.ts';
import { wireExplain } from './explain-part.ts';
import { wireMake } from './make-part.ts';
import { wireSecretField } from './secret-field.ts';

find('#insecure', HTMLElement).hidden = isSecureContext;
for (const field of document.querySelectorAll('.secret')) wireSecretField(field);
wireMake(wireExplain());
wireCheck();

// A page that is left stays in memory for a while, as it was: empty it, and begin anew when it is shown again.
addEventListener('pagehide', () => document.body.replaceChildren());
addEventListener('pageshow', ({ persisted }) => {
  if (persisted) location.reload();
});
