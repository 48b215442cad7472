/**
 * The way of a homeserver to this server: server name, well-known, SRV, targets, addresses, TLS, homeserver. Each has its state and
 * evidence, and what isn't taken is said to be so. The terminal shows it as a tree, the page as a drawing.
 */
import { place } from "../facts/address.ts";
import type { Endpoint, Finding, Report, Route, Step } from "../facts/output.ts";
import { fold, type FoldedFinding } from "./pretty-findings.ts";
import { seenIn } from "./seen.ts";
import { failureOf } from "./step-evidence.ts";
import { wellKnownUrl } from "../views/well-known-result.ts";

export interface WayNode {
  status: Step["status"];
  label: string;
  text: string;
  children: WayNode[];
}

export interface Way {
  name: WayNode;
  /** Well-known, SRV, and port 8448 where something else decides. */
  turns: WayNode[];
  /** Below each its addresses, and below those TLS, homeserver, keys. */
  targets: WayNode[];
}

/** More targets, or addresses of one, are counted, not shown. */
const MOST = 8;

/** Null where no step of the way is known. */
export function wayOf(report: Report): Way | null {
  const { route } = report;
  if (route === null) return null;
  const step = (id: Step["id"]): Step | undefined => report.steps.find((each) => each.id === id);
  const [name, wellKnown, srv] = [step("name"), step("well-known"), step("srv")];
  const isFile = route.via === "well-known" || route.delegatedName !== null;
  return {
    name: node(name?.status ?? "unknown", report.serverName, ""),
    turns: [
      turn("well-known", wellKnown, isFile),
      turn("SRV", srv, route.via === "srv"),
      ...(route.via === "default-port" || ["1", "2"].includes(route.specStep)
        ? []
        : [node("skip", "port 8448", `not taken: ${route.via === "srv" ? "the SRV record" : "m.server"} decides`)]),
    ],
    targets: cut(route.targets, (target) => ({
      status: worst(target.endpoints.map(({ status }) => STATES[status])),
      label: place(target.host, target.port),
      text: target.srv === undefined ? WAYS[route.via] : `by ${target.srv.service}, priority ${target.srv.priority}`,
      children: cut(target.endpoints, (endpoint) => endpointNode(report, endpoint)),
    })),
  };
}

/** The same where no route is known: what the first steps came to. */
export function beginningOf({ serverName, steps }: Report): Way {
  const step = (id: Step["id"], label: string): WayNode => {
    const found = steps.find((each) => each.id === id);
    return node(found?.status ?? "unknown", label, found?.detail ?? "");
  };
  return {
    name: step("name", serverName),
    turns: [step("well-known", "well-known"), step("srv", "SRV"), step("address", "addresses")],
    targets: [],
  };
}

/** Where the way breaks: the root causes of errors, the first one first, with what follows from them. A warning may be such a cause. */
export function breaksOf({ verdict, findings }: Report): FoldedFinding[] {
  // What this machine can't see breaks nothing.
  if (verdict !== "fail") return [];
  return fold(findings).filter(({ finding, consequences }) => [finding, ...consequences].some(({ severity }) => severity === "error"));
}

/** The nodes where it shows: the root cause's own, or, where that stands beside the way, those of the first thing that follows. */
export function brokenNodes(way: Way, { finding, consequences }: FoldedFinding): WayNode[] {
  const errors = [finding, ...consequences].filter(({ severity }) => severity === "error");
  return errors.map((each) => nodesOf(way, each)).find((nodes) => nodes.length > 0) ?? [];
}

/** The nodes at which a finding stands. None for what stands beside the way, as what nameservers say. */
function nodesOf({ name, turns, targets }: Way, { step, where }: Finding): WayNode[] {
  const addresses = targets.flatMap(({ children }) => children);
  /** Those that the finding names, or, where it names none, those that fail. */
  const named = (nodes: readonly WayNode[], isNamed: (node: WayNode) => boolean): WayNode[] => {
    const [those, failing] = [nodes.filter(isNamed), nodes.filter(({ status }) => status === "fail")];
    return those.length > 0 ? those : failing.length > 0 ? failing : [...nodes];
  };
  const inside = (label: string): WayNode[] =>
    named(addresses, ({ label: at }) => where.includes(at)).flatMap((each) => {
      const parts = each.children.filter((child) => child.label === label);
      return parts.length > 0 ? parts : [each];
    });
  switch (step) {
    case "name":
      return [name];
    case "well-known":
    case "srv":
      return turns.filter(({ label }) => label === (step === "srv" ? "SRV" : step));
    case "address":
      return targets.length === 0
        ? turns.filter(({ label }) => label === "addresses")
        : named([...targets, ...addresses], ({ label }) => where.some((at) => label === at || label.replace(/:\d+$/, "") === at));
    case "connect":
      return named(addresses, ({ label }) => where.includes(label));
    case "tls":
      return inside("TLS");
    case "federation":
      return inside("homeserver");
    case "keys":
      return inside("keys");
    default:
      return [];
  }
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
function turn(label: string, step: Step | undefined, isTaken: boolean): WayNode {
  if (step === undefined) return node("unknown", label, "");
  // What was looked for and isn't there is no way, though nothing is wrong with that.
  const status = step.status === "pass" && !isTaken ? "skip" : step.status;
  return node(status, label, isTaken || step.status === "unknown" ? step.detail : `not taken: ${step.detail.replace(/^not needed: /, "")}`);
}

function endpointNode(report: Report, endpoint: Endpoint): WayNode {
  const at = place(endpoint.address, endpoint.port);
  const here = report.findings.filter(({ where, severity }) => where.includes(at) && severity !== "info");
  const failure = failureOf(report.facts, at);
  if (failure !== null) return node(endpoint.status === "untested" ? "unknown" : "fail", at, failure);
  const said = (steps: readonly Finding["step"][], good: string | null): WayNode["text"] | null => {
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
    ...node(STATES[endpoint.status], at, endpoint.status === "untested" ? untested(report) : ""),
    children: parts.flatMap(([label, steps, good]) => {
      const text = said(steps, good);
      return text === null ? [] : [node(state(steps), label, text)];
    }),
  };
}

function untested({ facts }: Report): string {
  return facts.settings.probe ? "untested from here" : "not contacted: only resolution was asked for";
}

function node(status: Step["status"], label: string, text: string): WayNode {
  return { status, label, text, children: [] };
}

function worst(states: readonly Step["status"][]): Step["status"] {
  if (states.length === 0) return "fail";
  if (states.every((each) => each === states[0])) return states[0] ?? "unknown";
  return states.includes("fail") ? (states.includes("pass") ? "warn" : "fail") : "pass";
}

function cut<T>(items: readonly T[], show: (item: T) => WayNode): WayNode[] {
  const shown = items.slice(0, MOST).map(show);
  return items.length > MOST ? [...shown, node("skip", `and ${items.length - MOST} more`, "")] : shown;
}
