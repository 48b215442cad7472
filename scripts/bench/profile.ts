/**
 * `npm run bench -- --profile`: where the time of one cold command goes, from its start to its exit: what happened when, how much CPU time
 * had been used by then, and how much of it went into loading what.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ChainSettings } from "./chain.ts";
import { BIN, runNode, startLab } from "./processes.ts";

interface Mark {
  what: string;
  /** Milliseconds since the start, and of CPU time. */
  ms: number;
  cpuMs: number;
}

/** What takes less CPU time to load isn't worth a line. */
const LEAST_LOADING_MS = 2;

export async function profile(runs: number, directory: string): Promise<string> {
  const lab = await startLab<ChainSettings[]>("check-lab.ts", []);
  try {
    const [settings] = lab.ready;
    if (settings === undefined) throw new Error("the lab has no server name");
    const caFile = join(directory, "profile-ca.pem");
    const preload = join(directory, "marks.cjs");
    const marksFile = join(directory, "marks.json");
    await writeFile(caFile, settings.ca);
    await writeFile(preload, marking(marksFile));
    const args = ["--dns-server", settings.dnsServer, "--ca-file", caFile, "--allow-private"];
    const places = settings.connectTo.flatMap((entry) => ["--connect-to", entry]);
    const all: Mark[][] = [];
    // The first run fills file caches.
    for (let run = -1; run < runs; run++) {
      await runNode(["--require", preload, BIN, ...args, ...places, settings.serverName], 0);
      if (run >= 0) all.push(JSON.parse(await readFile(marksFile, "utf8")) as Mark[]);
    }
    const ended = ({ ms }: Mark = { what: "", ms: 0, cpuMs: 0 }): number => ms;
    const [median = []] = all.toSorted((a, b) => ended(a.at(-1)) - ended(b.at(-1))).slice(Math.floor(runs / 2));
    return `${settings.serverName}, round trips of 30 ms; the median of ${runs} runs\n\n${rendered(median)}\n`;
  } finally {
    await lab.close();
  }
}

function rendered(marks: readonly Mark[]): string {
  const line = (...cells: string[]): string => `${(cells[0] ?? "").padStart(8)}${(cells[1] ?? "").padStart(8)}  ${cells[2] ?? ""}`;
  return [line("ms", "CPU ms", "what"), ...marks.map(({ what, ms, cpuMs }) => line(ms.toFixed(1), cpuMs.toFixed(1), what))].join("\n");
}

/** CommonJS that is loaded before the program and writes the marks to `file` at the exit. */
function marking(file: string): string {
  return `"use strict";
const Module = require("node:module");
const marks = [];
const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
const mark = (what) => marks.push({ what, ms: performance.now(), cpuMs: cpu() });
const seen = new Set();
const once = (what) => { if (!seen.has(what)) mark(what); seen.add(what); };
mark("Node.js has started");

let depth = 0;
const load = Module._load;
Module._load = function (request, ...more) {
  const before = cpu();
  depth++;
  try {
    return load.call(this, request, ...more);
  } finally {
    depth--;
    const spent = cpu() - before;
    if (spent >= ${LEAST_LOADING_MS}) mark("  ".repeat(depth + 1) + "loaded " + request.split("/").slice(-2).join("/") + ", " + spent.toFixed(1) + " ms");
  }
};

function before(object, method, then) {
  const original = object[method];
  object[method] = function (...args) {
    then(this);
    return original.apply(this, args);
  };
}

// Not before the program is running: what is loaded here would count as Node's.
process.nextTick(() => {
  const net = require("node:net");
  const { TLSSocket } = require("node:tls");
  let last = null;
  before(require("node:dgram").Socket.prototype, "send", () => once("the first packet is sent"));
  before(net.Socket.prototype, "connect", () => once("the first TCP connection is begun"));
  TLSSocket.prototype.push = function (chunk) {
    once("the first bytes come over TLS");
    last = { what: "the last bytes come over TLS", ms: performance.now(), cpuMs: cpu() };
    return net.Socket.prototype.push.call(this, chunk);
  };
  before(process.stdout, "write", () => {
    if (last !== null) marks.push(last);
    last = null;
    once("the report is printed");
  });
});
process.on("exit", () => {
  mark("exit");
  require("node:fs").writeFileSync(${JSON.stringify(file)}, JSON.stringify(marks.sort((a, b) => a.ms - b.ms)));
});
`;
}
