/** What is answered where. A handler gives its answer, or null when it has written it itself; what it throws becomes the answer, too. */
import type { Output, Report } from "../facts/output.ts";
import { intendedName } from "../matrix/intended-name.ts";
import { escapeJson } from "../report/json.ts";
import { markdownStream } from "../report/markdown.ts";
import { addTo, emptyTotals } from "../report/totals.ts";
import type { Ask } from "./ask.ts";
import { ASSETS, FAVICON, ROBOTS } from "./assets.ts";
import { badgeJson } from "./badge.ts";
import { type Checks, Ended, type Kept, type Waiting } from "./checks.ts";
import { EXPOSITION_TYPE } from "./exposition.ts";
import { isFederationOk, officialJson } from "./official.ts";
import { PAGE_POLICY, pathOf, refusalPage, reportPage, startPage } from "./page.ts";
import { probeText } from "./probe.ts";
import { OverLimit, Refused } from "./refused.ts";
import { sendEvents, sendPage } from "./streams.ts";

export interface Reply {
  status: number;
  /** Null: there is no content. */
  type: string | null;
  body: string | Buffer;
  headers?: Record<string, string>;
  cors: boolean;
}

export interface Context {
  tool: Output["tool"];
  checks: Checks;
  nameProblem: (text: string) => string | null;
  renderText: (report: Report) => string;
  metricsText: () => string;
  onLimit: (limit: OverLimit) => void;
}

type Handler = (ask: Ask, context: Context) => Reply | null | Promise<Reply | null>;

interface Route {
  /** In the service's own metrics. */
  name: string;
  cors: boolean;
  answer: Handler;
}

const TEXT = "text/plain; charset=utf-8";
const HTML = "text/html; charset=utf-8";
const JSON_TYPE = "application/json";

const route = (name: string, answer: Handler, cors = true): Route => ({ name, cors, answer });
const report = route("report", checked("official", officialJson, JSON_TYPE));
const federationOk = route(
  "federation-ok",
  checked("ok", (each) => (isFederationOk(each) ? "GOOD" : "BAD"), TEXT),
);

const ROUTES: ReadonlyMap<string, Route> = new Map([
  ["/", route("start", start, false)],
  ["/api/report", report],
  ["/api/federation-ok", federationOk],
  // Where MTRNord's tester has them.
  ["/api/federation/report", report],
  ["/api/federation/federation-ok", federationOk],
  ["/api/v1/check", route("check", ownReport)],
  ["/probe", route("probe", probe)],
  ["/metrics", route("metrics", (_, { metricsText }) => plain(200, metricsText(), EXPOSITION_TYPE, false), false)],
  ["/healthz", route("healthz", () => plain(200, "ok\n", TEXT, false), false)],
  ["/favicon.ico", route("asset", () => asset(FAVICON.type, FAVICON.body), false)],
  ["/robots.txt", route("asset", () => asset(TEXT, ROBOTS), false)],
]);

const NOT_FOUND = route("not-found", () => plain(404, "there is no such page; / has a list of the pages\n", TEXT, false), false);
const BADGE = route("badge", badge);
const PERMALINK = route("page", permalink, false);
const ASSET = route(
  "asset",
  ({ path }) => {
    const found = ASSETS.get(path.slice("/assets/".length));
    if (found === undefined) return plain(404, "there is no such file\n", TEXT, false);
    return asset(found.type, found.body, { "cache-control": "public, max-age=31536000, immutable" });
  },
  false,
);

export function routeOf(method: string, path: string): Route {
  const found = atPath(path);
  if (method === "GET" || method === "HEAD") return found;
  const { name, cors } = found;
  return method === "OPTIONS"
    ? { name, cors, answer: () => ({ status: 204, type: null, body: "", cors, headers: { allow: "GET, HEAD, OPTIONS" } }) }
    : {
        name,
        cors,
        answer: () => ({
          status: 405,
          type: TEXT,
          body: "only GET, HEAD and OPTIONS\n",
          cors,
          headers: { allow: "GET, HEAD, OPTIONS", connection: "close" },
        }),
      };
}

const OURS = /^\/(api|assets|badge|healthz|metrics|probe)\/?$/;

function atPath(path: string): Route {
  const known = ROUTES.get(path);
  if (known !== undefined) return known;
  if (/^\/badge\/[^/]+\.json$/.test(path)) return BADGE;
  if (path.startsWith("/assets/")) return ASSET;
  return /^\/[^/]+\/?$/.test(path) && !OURS.test(path) ? PERMALINK : NOT_FOUND;
}

function plain(status: number, body: string, type: string, cors: boolean): Reply {
  return { status, type, body, cors };
}

function asset(type: string, body: string | Buffer, headers: Record<string, string> = { "cache-control": "public, max-age=86400" }): Reply {
  return { status: 200, type, body, headers, cors: false };
}

// Names and reports

/** Of `server_name`, or another parameter. @throws Refused with the line that the command line gives */
function nameIn({ query }: Ask, { nameProblem }: Context, parameter = "server_name"): string {
  const name = query.get(parameter) ?? "";
  if (name === "") throw new Refused(400, `error: no server name: give one, as in ?${parameter}=example.com`);
  const problem = nameProblem(name);
  if (problem !== null) throw new Refused(400, problem);
  return name;
}

function isFresh({ query }: Ask): boolean {
  return ["true", "1", ""].includes(query.get("no_cache") ?? "false");
}

/** @throws Ended when the one who asked is gone */
async function reportFor(name: string, ask: Ask, { checks }: Context, until: AbortSignal = ask.left): Promise<Kept> {
  return settled(checks.ask(name, ask.client, isFresh(ask)), until);
}

async function settled(asked: Kept | Waiting, until: AbortSignal): Promise<Kept> {
  if (!("answer" in asked)) return asked;
  const { answer, leave } = asked;
  try {
    return await new Promise<Kept>((resolve, reject) => {
      const gone = (): void => reject(new Ended());
      if (until.aborted) return gone();
      until.addEventListener("abort", gone, { once: true });
      answer.then(resolve, reject).finally(() => until.removeEventListener("abort", gone));
    });
  } finally {
    leave();
  }
}

/** What a format makes of a report, made once. */
function bodyOf(kept: Kept, format: string, render: (report: Report) => string): Buffer {
  const known = kept.bodies.get(format);
  if (known !== undefined) return known;
  const body = Buffer.from(render(kept.report));
  kept.bodies.set(format, body);
  return body;
}

function checked(format: string, render: (report: Report) => string, type: string): Handler {
  return async (ask, context) => {
    const kept = await reportFor(nameIn(ask, context), ask, context);
    return { status: 200, type, body: bodyOf(kept, format, render), cors: true };
  };
}

function ownReport(ask: Ask, context: Context): ReturnType<Handler> {
  const format = ask.query.get("format") ?? "json";
  switch (format) {
    case "json":
      return checked("json", (each) => `${escapeJson(JSON.stringify(each))}\n`, JSON_TYPE)(ask, context);
    case "text":
      return checked("text", (each) => context.renderText(each), TEXT)(ask, context);
    case "markdown":
      return checked("markdown", markdown, TEXT)(ask, context);
    default:
      throw new Refused(400, "error: format is json, text or markdown");
  }
}

function markdown(report: Report): string {
  const stream = markdownStream();
  const totals = emptyTotals();
  addTo(totals, report);
  return stream.open(report.startedAt) + stream.report(report)() + stream.close(totals, report.durationMs);
}

/** Names with a slash aren't any, so that the rest of the path is the name. */
async function badge(ask: Ask, context: Context): Promise<Reply> {
  const name = decoded(ask.path.slice("/badge/".length, -".json".length));
  const problem = context.nameProblem(name);
  if (problem !== null) throw new Refused(400, problem);
  const kept = await reportFor(name, ask, context);
  return { status: 200, type: JSON_TYPE, body: bodyOf(kept, "badge", badgeJson), cors: true };
}

/** Prometheus says when it will have gone; so much before that an answer is better than none. */
const SCRAPE_MARGIN_MS = 500;

async function probe(ask: Ask, context: Context): Promise<Reply> {
  const name = nameIn(ask, context, "target");
  const began = performance.now();
  const scrapeMs = Number(ask.headers["x-prometheus-scrape-timeout-seconds"] ?? NaN) * 1000;
  const until = new AbortController();
  const gone = (): void => until.abort();
  ask.left.addEventListener("abort", gone, { once: true });
  const limit = scrapeMs > 0 && scrapeMs < 600_000 ? setTimeout(gone, Math.max(scrapeMs / 2, scrapeMs - SCRAPE_MARGIN_MS)) : undefined;
  try {
    const { report } = await reportFor(name, ask, context, until.signal);
    return plain(200, probeText(report, report.durationMs / 1000, context.tool), EXPOSITION_TYPE, true);
  } catch (error) {
    if (!(error instanceof Ended) || ask.left.aborted || !until.signal.aborted) throw error;
    return plain(200, probeText(null, (performance.now() - began) / 1000, context.tool), EXPOSITION_TYPE, true);
  } finally {
    clearTimeout(limit);
    ask.left.removeEventListener("abort", gone);
  }
}

// Pages

function page(status: number, body: string | Buffer, headers: Record<string, string> = {}): Reply {
  return { status, type: HTML, body, headers: { "content-security-policy": PAGE_POLICY, ...headers }, cors: false };
}

/** The field's content leads to its permalink: a user id, a room alias or a URL gives the name. */
function start(ask: Ask, context: Context): Reply | Promise<Reply | null> {
  const given = ask.query.get("server_name")?.trim() ?? "";
  if (given === "") return page(200, startPage(context.tool));
  const name = context.nameProblem(given) === null ? given : intendedName(given);
  if (name === null || context.nameProblem(name) !== null) return refusal(given, context);
  // A few names are paths of ours.
  if (atPath(`/${name}`) !== PERMALINK) return reportAt(name, ask, context);
  return { ...page(303, ""), headers: { location: pathOf(name) } };
}

function refusal(given: string, { tool, nameProblem }: Context): Reply {
  const problem = nameProblem(given) ?? "no server name";
  const meant = intendedName(given);
  return page(400, refusalPage(tool, given, problem.replace(/^error: /, ""), meant !== null && nameProblem(meant) === null ? meant : null));
}

function permalink(ask: Ask, context: Context): Reply | null | Promise<Reply | null> {
  const text = decoded(ask.path.slice(1).replace(/\/$/, ""));
  const wantsEvents = (ask.headers.accept ?? "").includes("text/event-stream");
  if (context.nameProblem(text) !== null) {
    if (wantsEvents) throw new Refused(400, context.nameProblem(text) ?? "");
    return refusal(text, context);
  }
  if (ask.path.endsWith("/")) return { ...page(308, ""), headers: { location: `.${pathOf(text)}` } };
  if (!wantsEvents) return reportAt(text, ask, context);
  // The page's own script follows the check that its page has begun, and begins none.
  const asked = ask.query.get("follow") === "true" ? context.checks.known(text, false) : context.checks.ask(text, ask.client, isFresh(ask));
  // 204 tells an EventSource not to come again.
  return asked === null ? { status: 204, type: null, body: "", cors: false } : sendEvents(ask, asked, settled);
}

function reportAt(name: string, ask: Ask, context: Context): Reply | Promise<Reply | null> {
  let asked: Kept | Waiting;
  try {
    asked = context.checks.ask(name, ask.client, isFresh(ask));
  } catch (error) {
    if (!(error instanceof OverLimit)) throw error;
    context.onLimit(error);
    return page(429, refusalPage(context.tool, name, error.message, null), { "retry-after": String(error.retryAfter) });
  }
  const vary = { vary: "Accept" };
  if (!("answer" in asked))
    return page(
      200,
      bodyOf(asked, "page", (each) => reportPage(context.tool, each)),
      vary,
    );
  return sendPage(ask, name, asked, settled, context.tool, { "content-security-policy": PAGE_POLICY, ...vary });
}

/** What isn't well-formed stands for itself: it is no name. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
