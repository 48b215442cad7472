/**
 * Checks in a process of its own, to see what it costs. The argument is JSON: `{ serverName, options }`. Prints JSON: the report's verdict,
 * the milliseconds that the check took, and by how many megabytes the most memory that the process ever had grew during the check.
 */
import { check, type CheckOptions } from "../../src/check.ts";

export interface Cost {
  verdict: string;
  internalErrors: string[];
  ms: number;
  grownMb: number;
}

const { serverName, options } = JSON.parse(process.argv[2] ?? "") as { serverName: string; options: CheckOptions };
// Loads what is loaded only when it is needed: that is no cost of this server.
await check("", options);
await check("127.0.0.1:1", { ...options, timeoutMs: 200, deadlineMs: 400 });
const before = process.resourceUsage().maxRSS;
const began = performance.now();
const report = await check(serverName, options);
const cost: Cost = {
  verdict: report.verdict,
  internalErrors: report.internalErrors ?? [],
  ms: Math.round(performance.now() - began),
  grownMb: Math.round((process.resourceUsage().maxRSS - before) / 1024),
};
process.stdout.write(`${JSON.stringify(cost)}\n`);
