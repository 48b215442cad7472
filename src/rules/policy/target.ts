/** policy/target: the route leads somewhere else than --expect-target says. */
import { srvLine } from "../../advice/dns.ts";
import { wellKnownFile } from "../../advice/well-known.ts";
import { isIpLiteral } from "../../facts/address.ts";
import { knownRoute, routeSrv } from "../../views/route.ts";
import { wellKnownUrl } from "../../views/well-known-result.ts";
import { list, quote } from "../../views/words.ts";
import type { Facts, RouteFacts } from "../../facts/facts.ts";
import { comparablePlace } from "../../matrix/place.ts";
import { formatHostPort } from "../../matrix/server-name.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const target: Rule = {
  code: "policy/target",
  severity: "error",
  concerns: "everybody",
  title: "The route leads elsewhere than expected",
  spec: SPEC.resolving,
  signOf: ["no-delegation"],
  explain: `
You said where federation must lead (\`--expect-target host:port\`, or \`expect\` in the configuration file). The route that homeservers
find leads elsewhere: to another host or port, to more targets than you named, or not to all that you named. The check compares host and
port of the targets, as the well-known file, the SRV records or the server name give them. It doesn't compare addresses.

**How it shows.** All else may pass: the other target may be a homeserver that works, such as the old one before a move.

**Who is affected.** After a move: other homeservers still send to the old homeserver.

**Look-alikes.** When the well-known file is missing or broken, homeservers use SRV records or port 8448; then the report shows that
finding first: fix that one. \`dns/resolver-stale\` beside this finding: the zone is already right, and the resolver still has the old
answer.

**Fix.** Publish what is expected. Or, if the new target is right, change the expectation. To expect several targets (SRV records with a
backup), give the option several times.
`,
  *judge(facts: Facts): Iterable<Found> {
    const expected = facts.settings.expect?.targets ?? [];
    const route = knownRoute(facts);
    if (route === null || expected.length === 0) return;
    const wanted = new Set(expected.map((each) => comparablePlace(each) ?? each));
    const present = facts.targets.map(({ host, port }) => formatHostPort(host.toLowerCase(), port));
    const surplus = present.filter((each) => !wanted.has(each));
    const missing = [...wanted].filter((each) => !present.includes(each));
    if (surplus.length === 0 && missing.length === 0) return;
    const leads = present.length === 0 ? "the route has no target" : `the route leads to ${list(present.map((each) => quote(each)))}`;
    const difference =
      surplus.length > 0
        ? missing.length > 0
          ? ""
          : `; ${list(surplus.map((each) => quote(each)))} ${surplus.length > 1 ? "aren't" : "isn't"} expected`
        : `; ${list(missing)} ${missing.length > 1 ? "are" : "is"} missing`;
    yield {
      severity: "error",
      detail: `Expected ${list([...wanted])}, but ${leads} (${inWords(facts, route)})${difference}.`,
      fix: [
        publish(facts, route, [...wanted]),
        ...(present.length === 0
          ? []
          : [
              `If ${list(present)} ${present.length > 1 ? "are now the right targets" : "is now the right target"}, expect that:\nnpx matrix-delegation-check ${present
                .slice(0, 4)
                .map((each) => `--expect-target ${each}`)
                .join(" ")} ${facts.serverName}`,
            ]),
      ],
      sameAs: isNoService(facts) ? ["srv/service-unavailable"] : [],
      where: present.length === 0 ? [facts.serverName] : surplus.length > 0 ? surplus : present,
    };
  },
};

/** Every record has the target ".": another record is that fault's fix as well. */
function isNoService(facts: Facts): boolean {
  const records = routeSrv(facts)?.records ?? [];
  return records.length > 0 && records.every((record) => record.target === ".");
}

function inWords(facts: Facts, route: RouteFacts): string {
  switch (route.via) {
    case "well-known":
      return `m.server is ${quote(route.delegatedName ?? "")} at ${wellKnownUrl(facts)}`;
    case "srv":
      return `by SRV records of ${route.tlsName}`;
    case "default-port":
      return route.delegatedName === null
        ? `neither a valid well-known file nor an SRV record: ${route.tlsName}, port 8448`
        : `m.server is ${quote(route.delegatedName)}, without a port: no SRV record, so port 8448`;
    case "explicit-port":
      return "the port in the server name";
    case "ip-literal":
      return "the server name is an IP address";
  }
}

/**
 * In the way that is used already; a well-known file where there is none. A server name with an address or a port leads to itself and
 * nowhere else.
 */
function publish(facts: Facts, route: RouteFacts, wanted: readonly string[]): string {
  if (route.via === "ip-literal" || route.via === "explicit-port")
    return `The server name ${facts.serverName} itself names the target, and no file or record changes that. Expect ${list(facts.targets.map(({ host, port }) => formatHostPort(host, port)))}.`;
  const [first = ""] = wanted;
  // An SRV record can't lead to an address (RFC 2782).
  if (wanted.length === 1 && (route.via !== "srv" || isIpLiteral(first.slice(0, first.lastIndexOf(":")))))
    return `Serve this at ${wellKnownUrl(facts)}:\n${wellKnownFile(first)}`;
  const base = route.via === "well-known" && isIpLiteral(route.tlsName) ? facts.serverName : route.tlsName;
  const records = wanted.map((each) =>
    srvLine("_matrix-fed._tcp", base, each.slice(0, each.lastIndexOf(":")), Number(each.slice(each.lastIndexOf(":") + 1))),
  );
  const publishing = `Publish exactly these SRV records, and no others:\n${records.join("\n")}`;
  // With a port in the file, or an address, nobody asks for records.
  if (route.via !== "well-known") return publishing;
  return base !== route.tlsName
    ? `Remove the file at ${wellKnownUrl(facts)}, because homeservers ask for no SRV records while it names an IP address. ${publishing}`
    : `${publishing}\n\nThen change the file at ${wellKnownUrl(facts)}; without the port in it, homeservers ask for these records:\n${wellKnownFile(route.tlsName)}`;
}
