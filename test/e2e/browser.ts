/**
 * Chromium without a window, told what to do through its own protocol over a pipe (--remote-debugging-pipe): no port, no package, no
 * network. https://chromedevtools.github.io/devtools-protocol/
 */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

type Params = Record<string, unknown>;

export interface Tab {
  send(method: string, params?: Params): Promise<Params>;
  /** Every event so far: its name and what it says. */
  readonly events: { method: string; params: Params }[];
  /** The value of an expression in the page, as JSON; the page's policy doesn't hold for it. */
  evaluate<T>(expression: string): Promise<T>;
  /** Loads a file of this machine and waits until it is there. */
  open(file: string): Promise<void>;
  /** The same with an address, which can only be one of 127.0.0.1. */
  visit(url: string): Promise<void>;
}

export interface Browser {
  tab(): Promise<Tab>;
  close(): Promise<void>;
}

interface Message {
  id?: number;
  sessionId?: string;
  method?: string;
  params?: Params;
  result?: Params;
  error?: { message: string };
}

export async function startBrowser(): Promise<Browser> {
  const profile = await mkdtemp(join(tmpdir(), "mdc-chromium-"));
  // No sandbox: it doesn't start as root. What is opened is a page of ours, and no name can be resolved.
  const flags = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  ];
  const child = spawn("chromium", [...flags, `--user-data-dir=${profile}`, "--remote-debugging-pipe", "about:blank"], {
    stdio: ["ignore", "ignore", "pipe", "pipe", "pipe"],
  });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()).once("error", () => resolve()));
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
  const [commands, answers] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  commands.on("error", () => {});

  const waiting = new Map<number, { resolve(result: Params): void; reject(error: Error): void }>();
  const tabs = new Map<string, (method: string, params: Params) => void>();
  let next = 0;
  let rest = "";
  answers.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\0");
    rest = parts.pop() ?? "";
    for (const part of parts) take(JSON.parse(part) as Message);
  });
  let ended: Error | null = null;
  const end = (error: Error): void => {
    ended ??= error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.once("error", end);
  child.once("close", () => end(new Error(`chromium ended: ${said}`)));

  function take({ id, sessionId, method, params, result, error }: Message): void {
    if (method !== undefined) tabs.get(sessionId ?? "")?.(method, params ?? {});
    const asked = id === undefined ? undefined : waiting.get(id);
    if (id === undefined || asked === undefined) return;
    waiting.delete(id);
    if (error === undefined) asked.resolve(result ?? {});
    else asked.reject(new Error(error.message));
  }
  function send(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
    const id = ++next;
    return new Promise((resolve, reject) => {
      if (ended !== null) return reject(ended);
      waiting.set(id, { resolve, reject });
      commands.write(`${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`);
    });
  }

  async function close(): Promise<void> {
    await send("Browser.close").catch(() => {});
    await gone;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  }
  try {
    await send("Browser.getVersion");
  } catch (error) {
    await close();
    throw new Error("chromium doesn't run: test/e2e/install.sh installs it (Debian: chromium)", { cause: error });
  }

  return {
    close,
    async tab() {
      const { targetId } = await send("Target.createTarget", { url: "about:blank" });
      const { sessionId } = (await send("Target.attachToTarget", { targetId, flatten: true })) as { sessionId: string };
      const events: Tab["events"] = [];
      let loaded = (): void => {};
      tabs.set(sessionId, (method, params) => {
        events.push({ method, params });
        if (method === "Page.loadEventFired") loaded();
      });
      const tab: Tab = {
        events,
        send: (method, params) => send(method, params, sessionId),
        async evaluate<T>(expression: string) {
          const answer = (await tab.send("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true })) as {
            result: { value: T };
            exceptionDetails?: unknown;
          };
          if (answer.exceptionDetails !== undefined) throw new Error(JSON.stringify(answer.exceptionDetails));
          return answer.result.value;
        },
        open: (file) => tab.visit(`file://${file}`),
        async visit(url) {
          const load = new Promise<void>((resolve) => (loaded = resolve));
          await tab.send("Page.navigate", { url });
          await load;
        },
      };
      for (const domain of ["Page", "Runtime", "Log", "Network"]) await tab.send(`${domain}.enable`);
      return tab;
    },
  };
}
