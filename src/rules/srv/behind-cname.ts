/** srv/behind-cname: the SRV records stand behind an alias. */
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
import { goesWithoutRecords } from "../../views/lost-records.ts";
import { done } from "../../views/outcome.ts";
import { srvLine } from "../../advice/dns.ts";
import { routeSrv } from "../../views/route.ts";
import { list } from "../../views/words.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

const DROPPING = whose(({ srv }) => srv.throughCname.is === false);

export const behindCname: Rule = {
  code: "srv/behind-cname",
  severity: "warning",
  mechanisms: ["srv:behind-cname"],
  title: "The SRV records are behind an alias (CNAME)",
  spec: SPEC.srv,
  explain: `
The name of the SRV record (\`_matrix-fed._tcp.example.com\`) is an alias of another name, and the SRV records are at that other name. DNS
allows that, and resolvers follow it.

**How it shows.** Most homeservers find the server. continuwuity's resolver ignores records that are at another name than the one it asked
for, and uses port 8448.

**Who is affected.** continuwuity.

**Look-alikes.** \`srv/target-is-cname\`: the target of the record is an alias, which RFC 2782 forbids. A CNAME at the server name itself
is no fault.

**Fix.** Replace the CNAME with the SRV records themselves. Or delegate by a well-known file with a port in \`m.server\`, which needs no
SRV record.

**Log lines.** continuwuity: \`error sending request for url (https://…:8448/\`.
`,
  *judge(facts: Facts): Iterable<Found> {
    const srv = routeSrv(facts);
    const answer =
      srv === null ? null : (facts.srv.find(({ service, base }) => service === srv.service && base === srv.base)?.outcome ?? null);
    const chain = answer === null ? [] : (done(answer)?.chain ?? []);
    const records = srv?.records.filter(({ target }) => target !== ".") ?? [];
    if (srv === null || chain.length === 0 || records.length === 0) return;
    const name = `${srv.service}.${srv.base}`;
    yield {
      severity: "warning",
      detail: `${name} is an alias (CNAME) of ${chain.at(-1)?.target ?? ""}. The SRV ${records.length === 1 ? "record is" : "records are"} there. ${list(DROPPING)} ${DROPPING.length === 1 ? "ignores" : "ignore"} records behind an alias, and ${DROPPING.length === 1 ? "uses" : "use"} ${goesWithoutRecords(facts, srv.service, srv.base)}.`,
      fix: [
        `Remove the CNAME at ${name}, and publish this instead:\n${records.map(({ target, port, priority, weight }) => srvLine(srv.service, srv.base, target, port, { priority, weight })).join("\n")}`,
      ],
      where: [name],
    };
  },
};
