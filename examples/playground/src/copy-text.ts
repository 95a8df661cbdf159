// Copying to the clipboard, at the press of a button.
// Never reads the clipboard.

/** Copies a text, and says how that went. */
export const copyText = async (text: string, name: string): Promise<string> => {
  if (text === '') return 'There is nothing to copy.';
  try {
    await navigator.clipboard.writeText(text);
    return `Copied ${name}.`;
  } catch {
    return `The browser does not let the page copy ${name}: select it, and copy it by hand.`;
  }
};
