/** srv/conflict: `_matrix-fed._tcp` and `_matrix._tcp` lead to different places. */
import { srvLine } from "../../advice/dns.ts";
import type { Facts, SrvRecord } from "../../facts/facts.ts";
import { done } from "../../views/outcome.ts";
import { routeSrv, routeWorks } from "../../views/route.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const conflict: Rule = {
  code: "srv/conflict",
  severity: "warning",
  concerns: "nobody",
  title: "The two SRV services lead to different places",
  spec: SPEC.resolving,
  explain: `
Both \`_matrix-fed._tcp\` and the deprecated \`_matrix._tcp\` exist, and they differ. A homeserver that follows the specification uses
only \`_matrix-fed._tcp\`. Older software, ejabberd and the official federation tester use \`_matrix._tcp\`. So different servers connect
to different places.

**Usual causes.** The server moved, and only one of the records was changed.

**Who is affected.** Homeservers that know only \`_matrix._tcp\`: they connect to another place than the others.

**Look-alikes.** \`srv/unused\`: there is a well-known file, and neither record is used. \`srv/deprecated-service\`: there is only the old
record.

**Fix.** Give both records the same content, or remove \`_matrix._tcp\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const srv = routeSrv(facts);
    if (srv === null || srv.service !== "_matrix-fed._tcp") return;
    const old = facts.srv.find(({ service, base }) => service === "_matrix._tcp" && base.toLowerCase() === srv.base.toLowerCase());
    const oldRecords = old === undefined ? [] : (done(old.outcome)?.records ?? []);
    if (oldRecords.length === 0 || inWords(oldRecords) === inWords(srv.records)) return;
    yield {
      severity: "warning",
      detail: `_matrix-fed._tcp.${srv.base} leads to ${places(srv.records)}, _matrix._tcp to ${places(oldRecords)}. Some homeservers use one, some use the other.`,
      fix: fixes(facts, srv.base, srv.records, oldRecords),
      where: [`_matrix-fed._tcp.${srv.base}`, `_matrix._tcp.${srv.base}`],
    };
  },
};

function fixes(facts: Facts, base: string, records: readonly SrvRecord[], old: readonly SrvRecord[]): string[] {
  const remove = `Remove the record _matrix._tcp.${base}.`;
  if (isNowhere(records))
    return [
      `If there is a homeserver, publish at _matrix-fed._tcp.${base} the content of _matrix._tcp.${base}, instead of ".":\n${lines("_matrix-fed._tcp", base, old)}`,
      `If there is none: ${remove.replace("Remove", "remove")}`,
    ];
  // What doesn't work isn't to be spread.
  if (routeWorks(facts) === false)
    return [
      `Repair the target of _matrix-fed._tcp.${base}, as its findings say: homeservers use this record first. Then remove the record _matrix._tcp.${base}.`,
    ];
  return [
    `Publish at _matrix._tcp.${base} the content of _matrix-fed._tcp.${base}, instead of the present one:\n${lines("_matrix._tcp", base, records)}`,
    remove,
  ];
}

function lines(service: string, base: string, records: readonly SrvRecord[]): string {
  return records.map((record) => srvLine(service, base, record.target, record.port, record)).join("\n");
}

function isNowhere(records: readonly SrvRecord[]): boolean {
  return records.every(({ target }) => target === ".");
}

/** Which target comes first is what counts, not the numbers by which it does. */
function inWords(records: readonly SrvRecord[]): string {
  const priorities = [...new Set(records.map(({ priority }) => priority))].toSorted((a, b) => a - b);
  return records
    .map(({ target, port, priority }) => `${priorities.indexOf(priority)} ${target.toLowerCase()}:${port}`)
    .toSorted()
    .join(" ");
}

function places(records: readonly SrvRecord[]): string {
  return list(records.map(({ target, port }) => (target === "." ? 'nowhere (".")' : `${target}:${port}`)));
}
