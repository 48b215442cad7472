/**
 * The specification's way to a server ("Resolving server names"), gone on recorded facts as one implementation goes it: with what it does
 * differently. Pure. What the facts or the model don't say stays unknown.
 */
import { DEFAULT_PORT } from "../matrix/paths.ts";
import type { Facts } from "../facts/facts.ts";
import type { Reach } from "../facts/output.ts";
import type { Via } from "../facts/way.ts";
import { place } from "../facts/address.ts";
import { parseServerName, type ServerName } from "../matrix/server-name.ts";
import { connect } from "./connect.ts";
import type { Failure } from "./failure.ts";
import type { Homeserver } from "./model.ts";
import { valueFault } from "./value-fault.ts";
import { after, both, by, fails, inOneWord, oneOf, unclear, type Part } from "./part.ts";
import { walkSrv } from "./srv.ts";
import { readings, type Read } from "./well-known.ts";

export interface Walk {
  homeserver: Homeserver;
  /** Gets answers from this server, and verifies its keys. `sometimes`: by chance. */
  reaches: Reach["reaches"];
  /** Null when its way isn't known. */
  via: Via | null;
  /** What was measured: an answer to the version request that it reads, and keys that it takes. */
  answers: Reach["reaches"];
  verifies: Reach["reaches"];
  failures: Failure[];
}

export function walk(homeserver: Homeserver, facts: Facts): Walk {
  const { endings, failures } = fromName(homeserver, facts);
  const vias = [...new Set(endings.flatMap(({ via }) => via ?? []))];
  return {
    homeserver,
    reaches: inOneWord(endings.map(({ serves, verifies }) => both(serves, verifies))),
    via: vias[0] ?? null,
    answers: inOneWord(endings.map(({ answers }) => answers)),
    verifies: inOneWord(endings.map(({ verifies }) => verifies)),
    failures: distinct(failures),
  };
}

function distinct(failures: readonly Failure[]): Failure[] {
  const byKey = new Map<string, Failure>();
  for (const failure of failures) {
    const key = `${failure.mechanism} ${failure.places.join(" ")}`;
    const known = byKey.get(key);
    if (known === undefined || (failure.fatal && !known.fatal)) byKey.set(key, failure);
  }
  return [...byKey.values()];
}

function fromName(homeserver: Homeserver, facts: Facts): Part {
  const parsed = parseServerName(facts.serverName);
  if (!parsed.ok) return fails("name:invalid", [facts.serverName]);
  const { name } = parsed;
  const ipv6Name = name.kind === "ipv6";
  if (name.kind !== "dns" || name.port !== null) {
    const via = name.kind === "dns" ? "explicit-port" : "ip-literal";
    const part = connect(homeserver, facts, {
      host: name.dnsHost,
      port: name.port ?? DEFAULT_PORT,
      tlsName: name.host,
      tlsNameIsIp: name.kind !== "dns",
      ipv6Name,
      srv: false,
      named: true,
    });
    return by(via, part);
  }
  const read = readings(homeserver, facts);
  if (read === null) return unclear();
  return oneOf(read.map((each) => fromReading(homeserver, facts, name, each)));
}

function fromReading(homeserver: Homeserver, facts: Facts, name: ServerName, read: Read): Part {
  if (read.kind === "unknown") return unclear();
  if (read.kind === "value") {
    const part = fromValue(homeserver, facts, name, read.value);
    const isUnseen = part.failures.length === 0 && !part.endings.some(({ serves }) => serves !== null);
    return isUnseen && isOfOtherAddress(facts, read.value) ? fails("well-known:split", wellKnownPlaces(facts)) : part;
  }
  const failure: Failure = { mechanism: read.why, places: read.places, fatal: true };
  if (read.kind === "fails") return fails(read.why, read.places);
  const rest = after([failure], withoutFile(homeserver, facts, name));
  return read.kind === "none" ? rest : oneOf([fails(read.why, read.places), rest]);
}

/** The file of one address, where the route is that of another's. */
function isOfOtherAddress({ wellKnown, route }: Facts, value: string): boolean {
  if (wellKnown.status !== "done" || route?.delegatedName == null) return false;
  const values = wellKnown.value.attempts.flatMap(({ reading }) => (reading?.kind === "m.server" ? [reading.value.toLowerCase()] : []));
  const [own, routed] = [value.toLowerCase(), route.delegatedName.toLowerCase()];
  return own !== routed && values.includes(own) && values.includes(routed);
}

/** Steps 4 to 6: by the server name itself. */
function withoutFile(homeserver: Homeserver, facts: Facts, name: ServerName): Part {
  return walkSrv(homeserver, facts, { host: name.host, tlsName: name.host, tlsNameIsIp: false, ipv6Name: false, named: false });
}

/** Nothing keeps this one from the server: where it doesn't read the file, what remains for it works. */
export function getsThere(homeserver: Homeserver, facts: Facts): boolean {
  return walk(homeserver, facts).reaches === "yes";
}

/** Steps 3.1 to 3.5: by the value of `m.server`. */
function fromValue(homeserver: Homeserver, facts: Facts, name: ServerName, value: string): Part {
  const places = [facts.wellKnown.status === "done" ? facts.wellKnown.value.url : facts.serverName, ...wellKnownPlaces(facts)];
  const parsed = parseServerName(value);
  if (!parsed.ok) {
    const fault = valueFault(value, parsed.fault);
    const treatment = homeserver.wellKnown.invalidValue[fault].is;
    switch (treatment) {
      case null:
      case "used":
        return unclear();
      case "fails":
        return fails("well-known:invalid-m-server", places);
      case "falls-back":
        return after([{ mechanism: "well-known:invalid-m-server", places, fatal: true }], withoutFile(homeserver, facts, name));
      case "without-port":
        return after(
          [{ mechanism: "well-known:invalid-m-server", places, fatal: true }],
          fromValue(homeserver, facts, name, value.replace(/:0+$/, "")),
        );
    }
  }
  const delegated = parsed.name;
  const host = delegated.finalDot ? delegated.host.slice(0, -1) : delegated.host;
  const expected = { tlsName: host, tlsNameIsIp: delegated.kind !== "dns", ipv6Name: false };
  if (delegated.finalDot && homeserver.tls.finalDot.is === null) return by("well-known", unclear());
  if (delegated.finalDot && homeserver.tls.finalDot.is === "kept") return by("well-known", fails("well-known:trailing-dot", places));
  if (delegated.kind === "dns" && delegated.port === null) return walkSrvOf(homeserver, facts, host, expected);
  const port = delegated.port ?? DEFAULT_PORT;
  if (delegated.kind === "ipv6" && delegated.port === null) {
    const { is } = homeserver.wellKnown.ipv6WithoutPort;
    if (is === null) return by("well-known", unclear());
    if (is === "fails") return by("well-known", fails("well-known:ipv6-port", [...places, place(delegated.dnsHost, port)]));
  }
  return by("well-known", connect(homeserver, facts, { ...expected, host: delegated.dnsHost, port, srv: false, named: true }));
}

function walkSrvOf(
  homeserver: Homeserver,
  facts: Facts,
  host: string,
  expected: { tlsName: string; tlsNameIsIp: boolean; ipv6Name: boolean },
): Part {
  // The default port of a delegated name is the route's own only when no SRV record was found; otherwise nothing names it.
  const named = !facts.srv.some(({ base, role }) => role === "route" && base.toLowerCase() === host.toLowerCase());
  return walkSrv(homeserver, facts, { ...expected, host, named });
}

function wellKnownPlaces(facts: Facts): string[] {
  if (facts.wellKnown.status !== "done") return [];
  return facts.wellKnown.value.attempts.flatMap(({ address, port, hops }) => [
    address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`,
    ...hops.map(({ url }) => url),
  ]);
}
