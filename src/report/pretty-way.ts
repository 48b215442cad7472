/**
 * The way of a homeserver to this server as a small tree, with `-v`: server name, well-known, SRV, targets, addresses, TLS, homeserver.
 * Each has its state and evidence, and what isn't taken is said to be so.
 */
import { place } from "../facts/address.ts";
import type { Endpoint, Finding, Report, Route, Step } from "../facts/output.ts";
import { displayWidth, wrap } from "./harmless.ts";
import { colourOf, type Paper } from "./pretty-style.ts";
import { seenIn } from "./seen.ts";
import { failureOf } from "./step-evidence.ts";
import { wellKnownUrl } from "../views/well-known-result.ts";

interface Node {
  status: Step["status"];
  label: string;
  text: string;
  children: Node[];
}

/** More targets, or addresses of one, are counted, not shown. */
const MOST = 8;

/** Nothing where no step of the way is known. */
export function wayLines(paper: Paper, report: Report): string[] {
  return report.route === null ? [] : nodeLines(paper, wayOf(report, report.route), "  ", "  ");
}

function wayOf(report: Report, route: Route): Node {
  const step = (id: Step["id"]): Step | undefined => report.steps.find((each) => each.id === id);
  const [name, wellKnown, srv] = [step("name"), step("well-known"), step("srv")];
  const isFile = route.via === "well-known" || route.delegatedName !== null;
  return {
    status: name?.status ?? "unknown",
    label: report.serverName,
    text: "",
    children: [
      turn("well-known", wellKnown, isFile),
      turn("SRV", srv, route.via === "srv"),
      ...(route.via === "default-port" || ["1", "2"].includes(route.specStep)
        ? []
        : [node("skip", "port 8448", `not taken: ${route.via === "srv" ? "the SRV record" : "m.server"} decides`)]),
      ...cut(route.targets, (target) => ({
        status: worst(target.endpoints.map(({ status }) => STATES[status])),
        label: place(target.host, target.port),
        text: target.srv === undefined ? WAYS[route.via] : `by ${target.srv.service}, priority ${target.srv.priority}`,
        children: cut(target.endpoints, (endpoint) => endpointNode(report, endpoint)),
      })),
    ],
  };
}

const WAYS: Readonly<Record<Route["via"], string>> = {
  "ip-literal": "the address in the name",
  "explicit-port": "the port in the name",
  "well-known": "by m.server",
  srv: "by SRV",
  "default-port": "the default port",
};

const STATES: Readonly<Record<Endpoint["status"], Step["status"]>> = { ok: "pass", failed: "fail", untested: "unknown" };

/** A turn that the way takes, or doesn't. */
function turn(label: string, step: Step | undefined, isTaken: boolean): Node {
  if (step === undefined) return node("unknown", label, "");
  // What was looked for and isn't there is no way, though nothing is wrong with that.
  const status = step.status === "pass" && !isTaken ? "skip" : step.status;
  return node(status, label, isTaken || step.status === "unknown" ? step.detail : `not taken: ${step.detail.replace(/^not needed: /, "")}`);
}

function endpointNode(report: Report, endpoint: Endpoint): Node {
  const at = place(endpoint.address, endpoint.port);
  const here = report.findings.filter(({ where, severity }) => where.includes(at) && severity !== "info");
  const failure = failureOf(report.facts, at);
  if (failure !== null) return node(endpoint.status === "untested" ? "unknown" : "fail", at, failure);
  const said = (steps: readonly Finding["step"][], good: string | null): Node["text"] | null => {
    const finding = here.find(({ step }) => steps.includes(step));
    return finding === undefined ? good : seenIn(finding, wellKnownUrl(report.facts));
  };
  const state = (steps: readonly Finding["step"][]): Step["status"] => {
    const finding = here.find(({ step }) => steps.includes(step));
    return finding === undefined ? "pass" : finding.severity === "error" ? "fail" : "warn";
  };
  const { tls, server, keys } = endpoint;
  const parts: [label: string, steps: readonly Finding["step"][], good: string | null][] = [
    ["TLS", ["tls"], tls === undefined ? null : `${tls.protocol}, certificate of ${tls.certificate.names[0] ?? tls.certificate.subject}`],
    ["homeserver", ["federation"], server === undefined ? null : `${server.name} ${server.version}`.trim()],
    ["keys", ["keys"], keys === undefined ? null : keys.keyIds.slice(0, 3).join(", ")],
  ];
  return {
    ...node(STATES[endpoint.status], at, endpoint.status === "untested" ? "untested from here" : ""),
    children: parts.flatMap(([label, steps, good]) => {
      const text = said(steps, good);
      return text === null ? [] : [node(state(steps), label, text)];
    }),
  };
}

function node(status: Step["status"], label: string, text: string): Node {
  return { status, label, text, children: [] };
}

function worst(states: readonly Step["status"][]): Step["status"] {
  if (states.length === 0) return "fail";
  if (states.every((each) => each === states[0])) return states[0] ?? "unknown";
  return states.includes("fail") ? (states.includes("pass") ? "warn" : "fail") : "pass";
}

function cut<T>(items: readonly T[], show: (item: T) => Node): Node[] {
  const shown = items.slice(0, MOST).map(show);
  return items.length > MOST ? [...shown, node("skip", `and ${items.length - MOST} more`, "")] : shown;
}

function nodeLines(paper: Paper, { status, label, text, children }: Node, before: string, under: string): string[] {
  const symbol = paper.symbol(status);
  const start = `${before}${symbol} `;
  const trunk = children.length === 0 ? "  " : `${paper.symbol("trunk")} `;
  const said = paper.line(text);
  const room = `${under}${trunk}  `;
  // A label is a name from outside: it may be longer than a line.
  const [first = "", ...rest] = wrap(
    paper.line(label, 255).trim(),
    paper.width - Math.max(displayWidth(start), displayWidth(`${under}${trunk}`)),
  );
  const head = `${start}${first}`;
  // Beside the label where all of it fits, else below it.
  const beside = said !== "" && rest.length === 0 && displayWidth(head) + 2 + displayWidth(said) <= paper.width;
  const lines = beside
    ? [`${head}  ${said}`]
    : [
        head,
        ...rest.map((line) => `${under}${trunk}${line}`),
        ...wrap(said, paper.width - displayWidth(room)).map((line) => `${room}${line}`),
      ];
  const coloured = lines.map((line, at) => (at === 0 ? line.replace(`${symbol} `, `${colourOf(paper.chalk, status)(symbol)} `) : line));
  return [
    ...coloured,
    ...children.flatMap((child, at) => {
      const isLast = at === children.length - 1;
      return nodeLines(
        paper,
        child,
        `${under}${paper.symbol(isLast ? "last" : "branch")} `,
        `${under}${isLast ? "   " : `${paper.symbol("trunk")} `}`,
      );
    }),
  ];
}
