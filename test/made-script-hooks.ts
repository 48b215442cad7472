/** Module hooks (a thread of their own): what is at `<root>/x.ts` is read from the folder that this file is in, as `x.js`. */
import { readFile } from "node:fs/promises";
import type { LoadHook } from "node:module";

/** This file is `<made>/test/made-script-hooks.js`, and `<made>` is `<root>/.tmp/<name>`. */
const made = new URL("..", import.meta.url).href;
const root = new URL("../../", made).href;

export const load: LoadHook = async (url, context, next) => {
  if (!url.startsWith(root) || !url.endsWith(".ts") || url.includes("/node_modules/")) return await next(url, context);
  return { format: "module", shortCircuit: true, source: await readFile(new URL(`${made}${url.slice(root.length, -3)}.js`)) };
};
