/** tldts, loaded when it is first asked: its list takes 5 ms to read, and nothing is asked of it before the first packet is sent. */
import { createRequire } from "node:module";
import type * as Tldts from "tldts";

const requireHere = createRequire(import.meta.url);
let tldts: typeof Tldts | undefined;

function loaded(): typeof Tldts {
  return (tldts ??= requireHere("tldts") as typeof Tldts);
}

export function preloadPublicSuffixList(): void {
  loaded();
}

export const parse: typeof Tldts.parse = (...asked) => loaded().parse(...asked);
export const getDomain: typeof Tldts.getDomain = (...asked) => loaded().getDomain(...asked);
