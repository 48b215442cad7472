/** What a master file includes, for whoever reads the files (RFC 1035, 5). */
import { entriesOf, TooBroken } from "./entries.ts";

/** The `$INCLUDE` directives of a file: what they name, and their lines. */
export function includesIn(text: string): { path: string; line: number }[] {
  if (!/\$include/i.test(text)) return [];
  const found: { path: string; line: number }[] = [];
  try {
    for (const { tokens, line, startsBlank } of entriesOf(text)) {
      const [name, path] = tokens;
      if (!startsBlank && path !== undefined && !name.quoted && name.text.toUpperCase() === "$INCLUDE")
        found.push({ path: path.text, line });
    }
  } catch (error) {
    if (!(error instanceof TooBroken)) throw error;
  }
  return found;
}
