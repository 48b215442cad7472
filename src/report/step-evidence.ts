/** What a step's line shows besides its state: addresses, answers, values; where something is wrong, that and the place of it. */
import { place } from "../facts/address.ts";
import type { EndpointFacts, Facts, NetError } from "../facts/facts.ts";
import type { Endpoint, Finding, Step, StepId } from "../facts/output.ts";
import { endpointsOf } from "../views/endpoints.ts";
import { wellKnownUrl } from "../views/well-known-result.ts";
import { groupBy, list } from "../views/words.ts";
import { seenIn } from "./seen.ts";

type Line = Pick<Step, "status" | "detail">;

export interface StepPlace {
  facts: Facts;
  id: StepId;
  /** What the step shows at these endpoints, where nothing is wrong; null when there is nothing to say. */
  elsewhere: (places: readonly string[]) => string | null;
}

/** Steps that each endpoint takes for itself. */
const AT_ENDPOINTS: readonly StepId[] = ["tls", "federation", "keys"];

/** A finding outweighs what the step shows by itself: its evidence stands in the line. */
export function withFindings(line: Line, findings: readonly Finding[], at: StepPlace): Line {
  const errors = findings.filter(({ severity }) => severity === "error");
  const warnings = findings.filter(({ severity }) => severity === "warning");
  const worst = errors.length > 0 ? errors : warnings;
  if (worst.length === 0) return line;
  return { status: errors.length > 0 ? "fail" : "warn", detail: detailOf(line, worst, at) };
}

function detailOf(line: Line, findings: readonly Finding[], at: StepPlace): string {
  const url = wellKnownUrl(at.facts);
  const said = several(findings.map((finding) => seenIn(finding, url)));
  if (AT_ENDPOINTS.includes(at.id)) return atEndpoints(findings, at, url);
  // What is wrong with a connection stands in its line already.
  if (at.id === "connect") return failures(endpointsOf(at.facts)).length > 0 ? line.detail : `${line.detail}; ${said}`;
  // A file that is read, or addresses that are there, are evidence, too, when something else is wrong with them.
  const isKept =
    (at.id === "well-known" && line.detail.startsWith("m.server = ")) ||
    (at.id === "address" && line.status === "pass" && findings.every(({ severity }) => severity === "warning"));
  return isKept && !said.includes(line.detail) ? `${line.detail}; ${said}` : said;
}

/** Each thing that was seen once, and once where: `db.example:3: …; …`. What is more than two is counted. */
export function several(said: readonly string[]): string {
  const all = [...new Set(said)];
  const [first = "", second] = all;
  const at = PLACE.exec(first)?.[0];
  const shown = second === undefined ? [first] : [first, at !== undefined && second.startsWith(at) ? second.slice(at.length) : second];
  return shown.join("; ") + (all.length > 2 ? `; and ${all.length - 2} more` : "");
}

/** A line of a file, or an endpoint. */
const PLACE = /^\S+:\d+: /;

/** `192.0.2.10:8448: certificate expired on …; at the other address: TLSv1.3, …`. */
function atEndpoints(findings: readonly Finding[], { facts, elsewhere }: StepPlace, url: string): string {
  const places = endpointsOf(facts)
    .filter(({ tcp }) => tcp.status === "done")
    .map((endpoint) => endpoint.place);
  const said = findings.map((finding) => {
    const here = places.filter((each) => finding.where.includes(each));
    const seen = seenIn(finding, url);
    const isSaid = here.length === 0 || here.length === places.length || here.some((each) => seen.includes(each));
    return isSaid ? seen : `${list(here, 2)}: ${seen}`;
  });
  const others = places.filter((each) => !findings.some(({ where }) => where.length === 0 || where.includes(each)));
  const good = others.length === 0 ? null : elsewhere(others);
  const whose = others.length === 1 ? "the other address" : `the other ${others.length} addresses`;
  return several(said) + (good === null ? "" : `; ${whose}: ${good}`);
}

/** `2 of 2 addresses, port 8448`; `1 of 2 addresses connects; 192.0.2.10:8448 refuses`; `192.0.2.10:8448 refuses`. */
export function connectEvidence(all: readonly Endpoint[], facts: Facts): string {
  const observed = endpointsOf(facts);
  const connected = all.filter(({ timings }) => timings.connectMs !== undefined);
  const trouble = [...failures(observed), ...untested(observed)];
  const count = `${connected.length} of ${all.length} address${all.length === 1 ? "" : "es"}`;
  if (trouble.length > 0)
    return [...(connected.length === 0 ? [] : [`${count} connect${connected.length === 1 ? "s" : ""}`]), ...trouble].join("; ");
  const ports = [...new Set(connected.map(({ port }) => port))];
  return `${count}${ports.length === 0 ? "" : `, port ${ports.slice(0, 3).join(", ")}`}`;
}

/** `192.0.2.10:8448 and [2001:db8::10]:8448 refuse`. */
function failures(endpoints: readonly EndpointFacts[]): string[] {
  const failed = endpoints.flatMap(({ address, port, tcp }) =>
    tcp.status === "failed" ? [{ at: place(address, port), error: tcp.error }] : [],
  );
  return groupBy(failed, ({ error }) => words(error, true)).map((group) => {
    const [first] = group;
    return first === undefined
      ? ""
      : `${list(
          group.map(({ at }) => at),
          3,
        )} ${words(first.error, group.length > 1)}`;
  });
}

function words(error: NetError, isPlural: boolean): string {
  switch (error.code) {
    case "refused":
      return isPlural ? "refuse" : "refuses";
    case "timeout":
      return isPlural ? "give no answer" : "gives no answer";
    case "reset":
    case "closed":
      return isPlural ? "close the connection" : "closes the connection";
    default:
      return `can't be reached (${error.message})`;
  }
}

function untested(endpoints: readonly EndpointFacts[]): string[] {
  const places = endpoints.filter(({ tcp }) => tcp.status === "untested").map(({ address, port }) => place(address, port));
  return places.length === 0 ? [] : [`${list(places, 2)} untested from here`];
}

/** Why there is no connection to that endpoint; null when there is one, or nothing is known of it. */
export function failureOf(facts: Facts, at: string): string | null {
  const endpoint = endpointsOf(facts).find((each) => each.place === at);
  if (endpoint?.tcp.status === "untested") return "untested from here";
  return endpoint?.tcp.status === "failed" ? words(endpoint.tcp.error, false) : null;
}
