/** Starts a thread. */
import { Worker } from "node:worker_threads";
import type { ThreadData } from "./messages.ts";

/** Beside this file as it is written, or beside the bundle that it is in: see scripts/build.ts. */
const PROGRAM = new URL(import.meta.url.endsWith(".ts") ? "./thread.ts" : "./start-thread.cjs", import.meta.url);

/**
 * Megabytes. What is alive in a thread is 15 MB, and more of it comes only from a fault of ours, which then ends that thread alone. Little
 * is young at once, so that a larger space for it would only be filled with garbage.
 */
const LIMITS = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 12 };

export function startThread(data: ThreadData): Worker {
  return new Worker(PROGRAM, { workerData: data, resourceLimits: LIMITS });
}
