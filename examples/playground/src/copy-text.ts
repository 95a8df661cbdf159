/** Copies a text to the clipboard, and returns a message about the result. */
export const copyText = async (text: string, name: string): Promise<string> => {
  if (text === '') return 'There is nothing to copy.';
  try {
    await navigator.clipboard.writeText(text);
    return `Copied ${name}.`;
  } catch {
    return `The browser did not let the page copy ${name}: select and copy it by hand.`;
  }
};
