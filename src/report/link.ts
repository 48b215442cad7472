/** What may become a link in a report. */

/** An absolute https URL without user, port or anything that would have to be escaped. */
export function isLink(text: string | null): text is string {
  return text !== null && /^https:\/\/[\w.-]+\/[\w./#?&=~%:-]*$/.test(text) && URL.canParse(text);
}
