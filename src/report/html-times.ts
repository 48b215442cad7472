/** Every operation of the check with its time, in `--format html`: what it was, what it had to wait for, how long it took. */
import { place } from "../facts/address.ts";
import type { ConnectionFacts, Facts, Outcome } from "../facts/facts.ts";
import type { Report } from "../facts/output.ts";
import { html, line, type Html } from "./html-text.ts";
import { duration } from "./pretty-style.ts";

interface Operation {
  what: string;
  /** What had to end before. */
  after: string;
  /** Milliseconds. */
  from: number;
  ms: number;
  state: "done" | "failed";
}

interface Part {
  heading: string;
  operations: Operation[];
}

/** More rows of a part are counted, not shown. */
const MOST = 60;

export function timeLine({ facts }: Report): Html | "" {
  const parts = partsOf(facts).filter(({ operations }) => operations.length > 0);
  if (parts.length === 0) return "";
  return html`<details class="evidence times"><summary>Time line</summary>
<p>Each bar begins where what it waited for had ended, as far as the evidence has it, and counts from the start of its own part; of DNS only the lengths are known. ${totals(facts)}</p>
${parts.map(partTable)}</details>
`;
}

/** One after the other; a part that took no time wasn't needed. */
function totals({ timings: { wellKnown: file, srv, address, probe }, durationMs }: Facts): string {
  const parts = (
    [
      ["well-known", file],
      ["SRV", srv],
      ["addresses", address],
      ["connections and requests", probe],
    ] as const
  ).filter(([, ms]) => duration(ms) !== "");
  const said = parts.map(([name, ms]) => `${name} ${duration(ms)}`).join(", then ");
  return said === "" ? "" : `The check: ${said}; ${duration(durationMs)} in all.`;
}

function partTable({ heading, operations }: Part): Html {
  const longest = Math.max(1, ...operations.map(({ from, ms }) => from + ms));
  const rows = operations.slice(0, MOST).map(({ what, after, from, ms, state }) => {
    const x = Math.round((from / longest) * 1000) / 10;
    const width = Math.max(0.5, Math.round((ms / longest) * 1000) / 10);
    return html`<tr><th scope="row">${line(what, 300)}</th><td>${line(after, 200)}</td><td class="time">${duration(ms)}${state === "failed" ? ", failed" : ""}</td><td class="bar"><svg class="bar ${state}" viewBox="0 0 101 8" width="101" height="8" preserveAspectRatio="none" aria-hidden="true"><rect x="${x}" y="1" width="${width}" height="6"></rect></svg></td></tr>
`;
  });
  return html`<h4>${heading}</h4>
<table class="times">
<thead><tr><th scope="col">Operation</th><th scope="col">After</th><th scope="col" class="time">Time</th><th scope="col">When</th></tr></thead>
<tbody>
${rows}</tbody>
</table>
${
  operations.length > MOST
    ? html`<p>And ${operations.length - MOST} more.</p>
`
    : ""
}`;
}

function partsOf(facts: Facts): Part[] {
  return [
    { heading: "DNS", operations: dns(facts) },
    { heading: "Well-known", operations: wellKnown(facts) },
    ...facts.targets.map((target) => ({
      heading: `Target ${place(target.host, target.port)}`,
      operations: target.endpoints.flatMap((endpoint): Operation[] => {
        const at = place(endpoint.address, endpoint.port);
        const first = connection(endpoint, at, 0, "");
        const ready = end(first);
        const isConnected = first.length > 0;
        return [
          ...first,
          ...one(`${at} version`, isConnected ? "TLS" : "", ready, endpoint.version),
          ...one(`${at} keys`, "a connection of its own", ready, endpoint.keys),
          ...one(`${at} encoded path`, "a connection of its own", ready, endpoint.encodedPath),
          ...one(`${at} version with host:port`, "a connection of its own", ready, endpoint.hostPort),
          ...(endpoint.put === undefined ? [] : one(`${at} unsigned PUT`, "a connection of its own", ready, endpoint.put)),
          ...one(`${at} TLS 1.2 or older`, "", 0, endpoint.olderTls),
          ...one(`${at} ALPN`, "version", end([...first, ...one("", "", ready, endpoint.version)]), endpoint.alpn),
        ];
      }),
    })),
  ];
}

function dns(facts: Facts): Operation[] {
  return [
    ...facts.srv.flatMap(({ service, base, outcome, role }) =>
      one(`${service}.${base} SRV`, role === "route" ? "" : "nothing: only for leftovers", 0, outcome),
    ),
    ...facts.hosts.flatMap(({ host, a, aaaa }) => [...one(`${host} A`, "", 0, a), ...one(`${host} AAAA`, "", 0, aaaa)]),
  ];
}

function wellKnown({ wellKnown: fact }: Facts): Operation[] {
  if (fact.status !== "done") return one("well-known", "", 0, fact);
  return fact.value.attempts.flatMap(({ address, port, hops, file }) => {
    if (file !== undefined) return [];
    const all: Operation[] = [];
    hops.forEach((hop, index) => {
      const at = index === 0 ? place(address, port) : hop.host;
      const before = index === 0 ? "the addresses" : "the redirect";
      if (hop.connection !== null) all.push(...connection(hop.connection, at, end(all), before));
      all.push(...one(`${at} GET ${hop.url}`, all.length === 0 ? before : "the connection", end(all), hop.response));
    });
    return all;
  });
}

function connection({ tcp, tls }: ConnectionFacts, at: string, from: number, before: string): Operation[] {
  const first = one(`${at} connect`, before === "" ? "the addresses" : before, from, tcp);
  return [...first, ...one(`${at} TLS`, "connect", first.length > 0 ? end(first) : from, tls)];
}

/** Nothing of what wasn't done. */
function one(what: string, after: string, from: number, outcome: Outcome<unknown>): Operation[] {
  if (outcome.status !== "done" && outcome.status !== "failed") return [];
  return [{ what, after, from, ms: outcome.ms, state: outcome.status }];
}

function end(operations: readonly Operation[]): number {
  return Math.max(0, ...operations.map(({ from, ms }) => from + ms));
}
