/**
 * Gives Node the JavaScript that run.ts made of all TypeScript at once, instead of making it anew in each of a hundred test processes,
 * where it takes longer than most of the tests. The URLs stay those of the sources.
 */
import { register } from "node:module";

process.setSourceMapsEnabled(true);
register("./made-script-hooks.js", import.meta.url);
