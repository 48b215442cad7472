/** With which another thread begins. */
import { parentPort, workerData } from "node:worker_threads";
import { createChecker } from "../../check.ts";
import type { ThreadData } from "./messages.ts";
import { work } from "./checking.ts";

if (parentPort !== null) void work(parentPort, workerData as ThreadData, createChecker);
