/** `node chain-process.js <settings as JSON>`: the chain as a program, so that start-up is on both sides. */
import { chain, type ChainSettings } from "./chain.ts";

await chain(JSON.parse(process.argv[2] ?? "") as ChainSettings);
