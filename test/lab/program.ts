/**
 * Programs that tests start as processes of their own: files named `…child.ts`. `run.ts` has made JavaScript of them, whose place it tells
 * by the environment; without it Node is started as it was for the test.
 */
import { relative } from "node:path";
import { fileURLToPath } from "node:url";

export const MADE_TESTS = "MADE_TESTS";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What run.ts has made of a file of test/, or the file itself. */
export function made(source: URL): string {
  const folder = process.env[MADE_TESTS];
  const path = fileURLToPath(source);
  return folder === undefined ? path : madeIn(folder, path);
}

export function madeIn(folder: string, source: string): string {
  return `${folder}/${relative(ROOT, source).replace(/\.ts$/, ".mjs")}`;
}

/** Node's arguments, before the program's own. */
export function program(source: URL): string[] {
  return [...process.execArgv, made(source)];
}
