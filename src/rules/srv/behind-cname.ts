/** srv/behind-cname: the SRV records stand behind an alias. */
import type { Facts } from "../../facts/facts.ts";
import { whose } from "../../homeservers/who.ts";
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
  title: "The SRV records stand behind an alias (CNAME)",
  spec: SPEC.srv,
  explain: `
The name of the SRV record (\`_matrix-fed._tcp.example.com\`) is an alias of another name, and the SRV records stand there. DNS allows that, and resolvers follow it.

**How it shows.** Most homeservers find the server. continuwuity's resolver drops records whose owner isn't the name that was asked for, as if there were none, and goes on to port 8448.

**Who is affected.** continuwuity.

**Look-alikes.** \`srv/target-is-cname\`: the target of the record is an alias, which RFC 2782 forbids. A CNAME at the server name itself is no fault.

**Fix.** Replace the CNAME by the SRV records themselves, or delegate by a well-known with an explicit port, which needs no SRV record.

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
      detail: `${name} is an alias (CNAME) of ${chain.at(-1)?.target ?? ""}. The SRV ${records.length === 1 ? "record stands" : "records stand"} there. ${list(DROPPING)} ${DROPPING.length === 1 ? "doesn't take records from behind an alias and goes" : "don't take records from behind an alias and go"} on to port 8448 of ${srv.base}.`,
      fix: [
        `Remove the CNAME at ${name}, and publish there:\n${records.map(({ target, port, priority, weight }) => srvLine(srv.service, srv.base, target, port, { priority, weight })).join("\n")}`,
      ],
      where: [name],
    };
  },
};
