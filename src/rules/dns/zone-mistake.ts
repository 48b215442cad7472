/** dns/zone-mistake: a typical mistake in a file given with --zone-file, with its line. */
import { list, quote } from "../../views/words.ts";
import type { Facts, ZoneMistake, ZoneService } from "../../facts/facts.ts";
import { aliasEnd, hostFacts } from "../../views/hosts.ts";
import { srvTargetMistake } from "../../views/srv-target.ts";
import { effectOf, hostsBehind, isGrave, isNeeded, strayServices } from "../../views/zone-mistakes.ts";
import { SPEC, type Found, type Rule } from "../rule.ts";

export const zoneMistake: Rule = {
  code: "dns/zone-mistake",
  severity: ["error", "warning"],
  concerns: "everybody",
  title: "The zone file has a typical mistake",
  spec: SPEC.zoneFile,
  causes: [
    "srv/target-unresolvable",
    "srv/service-unavailable",
    "address/none",
    "well-known/no-address",
    "well-known/not-found",
    "well-known/unreachable",
    "connect/refused",
    "connect/timeout",
    "policy/target",
    "policy/via",
  ],
  explain: `
A file given with \`--zone-file\` has a line that is probably a mistake, or that can't be read:

- a name without its final dot, so that the zone's name is appended (\`host.example.com.example.com\`);
- a CNAME beside other records of the same name; an SRV record that leads to an alias, to an address, or to a name of the zone that has no
  address; one without its four fields;
- almost the right name, or the right name with another type: \`matrix-fed._tcp\`, \`_matrix-fed.tcp\`, \`_matrix_fed._tcp\`, a TXT record
  at \`_matrix-fed._tcp\`; the right name below another host;
- \`_matrix-fed._tcp.@\`, as GoDaddy's export has it: \`@\` stands for the zone only when it is alone;
- a line that can't be read, a record type that isn't known, comments that begin with \`#\` or \`//\`, lines that end in CR, several SOA
  records or none.

**How it shows.** As \`file:line\`. It is an error when the checked names depend on the line, otherwise a warning. A line that can't be
read is left out, and the rest is checked. A file in which no record can be read can't be used, and the exit code is 2.

**Who is affected.** All homeservers, as soon as the file is published. Some nameservers refuse to load a zone with such a line; then the
whole change has no effect.

Where another finding is about what the line makes wrong, such as \`srv/target-unresolvable\` about a target without its final dot, that
finding names the line, and this one isn't shown.

**Look-alikes.** \`srv/target-unresolvable\` and \`address/none\` that name no line of the file: the missing name is in another zone, or was
never published. A CNAME at the zone's own name in Cloudflare's export (with its marks \`cf_tags=…\`) is no mistake: Cloudflare answers with the
addresses of the CNAME's target.

**Fix.** Correct that line. A complete name ends in a dot.
`,
  *judge(facts: Facts): Iterable<Found> {
    for (const zone of facts.zoneFiles ?? []) {
      const { file, origin, mistakes } = zone;
      for (const mistake of mistakes) {
        const at = mistake.file ?? file;
        const fault = faultOf(facts, mistake, at);
        yield {
          severity: isGrave(facts, effectOf(facts, mistake, origin)) ? "error" : "warning",
          detail: `${at}:${mistake.line}: ${inWords(mistake, origin)}`,
          fix: [mend(mistake, at, origin, facts)],
          where: [`${at}:${mistake.line}`],
          ...(fault !== null && { lineOf: fault }),
          // Others may ask the nameservers that the zone names; nothing that was seen here follows from it.
          ...(mistake.type === "NS" && mistake.kind === "missing-final-dot" && { explainsOthers: false as const }),
        };
      }
      for (const stray of strayServices(facts, zone)) yield strayFound(facts, stray, file);
    }
  },
};

/** What the line makes wrong, where another rule is about that. Its finding leads, and says the line. */
function faultOf(
  facts: Facts,
  { kind, name, type, written, became, line }: ZoneMistake,
  file: string,
): NonNullable<Found["lineOf"]> | null {
  if (became === null || !isNeeded(facts, name, type)) return null;
  switch (kind) {
    case "srv-target-is-cname":
      return { codes: ["srv/target-is-cname"], at: [became] };
    case "srv-target-without-address":
      return {
        codes: ["srv/target-unresolvable", "srv/target-malformed"],
        at: [became, name],
        before:
          written === null || srvTargetMistake(became) !== null
            ? `The SRV record is in ${file}, line ${line}.`
            : `If ${quote(written)} in ${file}, line ${line}, is the target's whole name, write it with a dot at its end; otherwise as follows.`,
      };
    case "missing-final-dot":
    case "at-sign":
    case "target-is-address":
      // Where the record's own name became another one, the record is lost: that no rule is about.
      if (name.toLowerCase() === became.toLowerCase()) return null;
      return type === "SRV"
        ? { codes: ["srv/target-unresolvable", "srv/target-is-ip"], at: [became, name] }
        : type === "CNAME"
          ? { codes: ["srv/target-unresolvable", "address/none", "well-known/no-address"], at: hostsBehind(facts, name) }
          : null;
    default:
      return null;
  }
}

/** The record is right, and stands where nobody looks for it. */
function strayFound(facts: Facts, { service, base, line, file: included }: ZoneService, zone: string): Found {
  const file = included ?? zone;
  const asked = facts.route?.tlsName ?? facts.serverName;
  return {
    severity: "error",
    detail: `${file}:${line}: The SRV record ${service}.${base} is used only for the server name ${base}. For ${asked}, homeservers look up ${service}.${asked}, and there is no such record.`,
    fix: [
      `In ${file}, line ${line}, write _matrix-fed._tcp.${asked}. as the record's name (with the dot at its end), if the record is for ${asked}.`,
    ],
    where: [`${file}:${line}`],
  };
}

function inWords({ kind, name, type, written, became, meant, otherLines, problem }: ZoneMistake, origin: string): string {
  const others = otherLines.length > 0 ? ` (${lines(otherLines)})` : "";
  switch (kind) {
    case "missing-final-dot":
      if (type === "SOA" || became === written)
        return `"${written ?? ""}" has no final dot, so nameservers append the zone's name. Here it is read as ${meant ?? ""}`;
      return `"${written ?? ""}" has no final dot, so the zone's name is appended, and it means ${became ?? ""}.`;
    case "target-is-address":
      return `The ${type} record of ${name} leads to "${written ?? ""}", an address, where only a host name is allowed; it means ${became ?? ""}.`;
    case "cname-and-other":
      return `${name} is an alias (CNAME) and has other records as well${others}. A CNAME must stand alone (RFC 1034, 3.6.2); nameservers refuse the zone, or answer with one or the other.`;
    case "several-cnames":
      return `${name} has more than one CNAME${others}. A name can be the alias of one name only (RFC 2181, 10.1).`;
    case "srv-target-is-cname":
      return `The SRV record ${name} leads to ${became ?? ""}, an alias${others}. RFC 2782 forbids that.`;
    case "srv-target-without-address":
      return `The SRV record ${name} leads to ${became ?? ""}, which has neither an A nor an AAAA record in this zone.`;
    case "srv-fields":
      return `The SRV record ${name} has "${written ?? ""}" where priority, weight, port and target are needed. The record is left out.`;
    case "several-soa":
      return `The zone ${origin} has a second SOA record${others}.`;
    case "no-soa":
      return `The zone ${origin} has no SOA record; the exports of some providers have none. Nameservers don't load such a file; this check reads it anyway.`;
    case "duplicate-record":
      return `The ${type} record of ${name} is there twice${others}.`;
    case "outside-zone":
      return `${became ?? name} doesn't belong to the zone ${origin}; nameservers ignore the record.`;
    case "unreadable":
      return `The line can't be read: ${problem ?? "it isn't a record"}.${name === "" ? "" : ` It is about ${name}.`} It is left out.`;
    case "unknown-type":
      return `This tool doesn't know the record type ${type}; the record of ${name} is left out${others === "" ? "" : `, and so are others${others}`}. Nameservers that don't know the type refuse the zone.`;
    case "at-sign":
      return `${quote(written ?? "")} has @ as one of its labels. @ means the zone only when it is alone; here the name means ${became ?? ""}.`;
    case "near-miss":
      return type === "SRV"
        ? `The SRV record ${became ?? name} has a name that no homeserver looks up. Homeservers look up ${(meant ?? "").replace(/\.$/, "")}, and there is no such record.`
        : `${name} has a record of type ${type}. Homeservers look up the type SRV there, and there is no SRV record.`;
    case "comment-sign":
      return name === ""
        ? `The line${otherLines.length > 0 ? "s" : ""} begin${otherLines.length > 0 ? "" : "s"} with # or //${others}. In zone files comments begin with ; and nameservers read this as a record.`
        : `The ${type} record of ${name} has a comment that begins with # or //. In zone files comments begin with ; and nameservers read this as data.`;
    case "line-ends":
      return "The lines end in CR alone, as on an old Mac. BIND accepts that; NSD reads the whole file as one line.";
    case "byte-order-mark":
      return "The file begins with a byte order mark. Nameservers read it as a part of the first name.";
    case "no-ttl":
      return `The record of ${name} has no TTL, and there is none before it. Some nameservers refuse that, others use 3600 s.`;
    case "mailbox":
      return `The SOA record's mailbox ${quote(written ?? "")} has an @. In zone files the @ is written as a dot.`;
  }
}

function endOf(facts: Facts, alias: string | null): string {
  const host = alias === null ? null : hostFacts(facts, alias);
  const end = host === null ? null : aliasEnd(host);
  return end === null ? "" : `: write ${fullName(end)} (with the dot at its end)`;
}

function lines(numbers: readonly number[]): string {
  return `line${numbers.length === 1 ? "" : "s"} ${list(numbers.map(String))}`;
}

/** `a.b@example.com` as a name: RFC 1035, 8. */
function mailbox(written: string): string {
  const [user = "", ...rest] = written.split("@");
  return [user.replace(/(?<!\\)\./g, "\\."), ...rest].join(".");
}

function fullName(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}

function mend(
  { kind, line, meant, written, became, name, type, otherLines }: ZoneMistake,
  file: string,
  origin: string,
  facts: Facts,
): string {
  switch (kind) {
    case "missing-final-dot":
      return `In ${file}, line ${line}, write ${meant ?? `${written ?? ""}.`} (with the dot at its end).`;
    case "target-is-address":
      return `In ${file}, line ${line}, name a host with an A or AAAA record instead of the address.`;
    case "cname-and-other":
      return `In ${file}, line ${line}, remove the CNAME, or the other records of that name; an alias of the zone's own name must be A and AAAA records instead.`;
    case "several-cnames":
    case "several-soa":
    case "duplicate-record":
      return `In ${file}, remove line ${line}, or the other one.`;
    case "srv-target-is-cname":
      return `In ${file}, line ${line}, name the host to which ${became ?? "the alias"} leads${endOf(facts, became)}.`;
    case "srv-target-without-address":
      return `In ${file}, add an A or AAAA record for ${became ?? "the target"}, or correct the target in line ${line}.`;
    case "srv-fields":
      return `In ${file}, line ${line}, write four fields: priority, weight, port and target, as here (replace matrix.example.com and 8448 with your homeserver's host and port):\n${fullName(name)} 3600 IN SRV 10 0 8448 matrix.example.com.`;
    case "no-soa":
      return `Add the SOA record to ${file}, or check the file that is really published.`;
    case "outside-zone":
      return `In ${file}, line ${line}, move the ${type} record to the zone of its name. Or, if the name must be below ${origin}, remove its final dot.`;
    case "unreadable":
      return `Correct line ${line} of ${file}, or remove it.`;
    case "unknown-type":
      return `In ${file}, line ${line}, write a type that your nameserver knows. If it is a type of your nameserver only, ignore this finding.`;
    case "at-sign":
    case "near-miss":
      return type === "SRV" || kind === "at-sign"
        ? `In ${file}, line ${line}, write ${meant ?? ""} (with the dot at its end) instead of ${written ?? became ?? name}.`
        : `In ${file}, make line ${line} an SRV record (replace matrix.example.com and 8448 with your homeserver's host and port):\n${meant ?? ""} 3600 IN SRV 10 0 8448 matrix.example.com.`;
    case "comment-sign":
      return `In ${file}, begin the comment${otherLines.length > 0 ? "s" : ""} in ${lines([line, ...otherLines])} with ;`;
    case "line-ends":
      return `Save ${file} with Unix line ends (LF).`;
    case "byte-order-mark":
      return `Save ${file} as UTF-8 without a byte order mark.`;
    case "no-ttl":
      return `Begin ${file} with this:\n$TTL 3600`;
    case "mailbox":
      return `In ${file}, line ${line}, write ${mailbox(written ?? "")} for the mailbox.`;
  }
}
