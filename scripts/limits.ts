/** The limits of the program as SECURITY.md shows them: the numbers are the code's own. */
import { MAX_OBJECT } from "../src/commands/json-values.ts";
import { MAX_NAME_LINE } from "../src/commands/many/names.ts";
import { MAX_CONCURRENCY } from "../src/commands/options.ts";
import { MAX_DEPTH } from "../src/matrix/canonical-json.ts";
import { LONGEST_TEXT_READ } from "../src/matrix/server-name-grammar.ts";
import { MAX_KEYS_CHECKED } from "../src/matrix/signing-keys.ts";
import { MAX_CHAIN } from "../src/net/dns/answer.ts";
import { MAX_DIRECT_QUERIES, MAX_QUERIES } from "../src/net/dns/client.ts";
import { MAX_HEADER_BYTES } from "../src/net/http.ts";
import { MAX_SENT } from "../src/net/trust.ts";
import { MOST_ADDRESSES_BY_POLICY } from "../src/net/with-policy.ts";
import { MAX_HANDSHAKE_BYTES } from "../src/net/tls-handshake.ts";
import { BUDGET_MS } from "../src/observe/clues/gather.ts";
import { MOST_ADDRESSES, MOST_REQUESTS } from "../src/observe/budget.ts";
import { MOST_URLS } from "../src/observe/clues/issuers.ts";
import { ENDPOINTS_AT_ONCE } from "../src/observe/observe.ts";
import { KEYS_MAX_BYTES, VERSION_MAX_BYTES } from "../src/observe/probe/federation-api.ts";
import { MAX_NAMES } from "../src/observe/resolver/authoritative.ts";
import { MAX_NAMESERVERS } from "../src/observe/resolver/zones.ts";
import { MAX_ADDRESSES, MAX_TARGETS } from "../src/views/dns-outcome.ts";
import { MAX_REDIRECTS, WELL_KNOWN_MAX_BYTES } from "../src/views/well-known-result.ts";
import { MAX_CONNECTIONS } from "../src/serve/service.ts";
import { MAX_LINE } from "../src/zone/entries.ts";
import { MAX_RECORDS, MAX_ZONE_FILE } from "../src/zone/parse.ts";
import { buildProgram } from "../src/commands/program.ts";

/** `12,288 bytes`. */
function count(number: number, unit = ""): string {
  return `${number.toLocaleString("en-US")}${unit === "" ? "" : ` ${unit}`}`;
}

function defaultOf(option: string): string {
  const program = buildProgram(
    "",
    { isTTY: false } as Parameters<typeof buildProgram>[1],
    () => {},
    () => {},
  );
  const found = program.options.find(({ long }) => long === option);
  if (found === undefined) throw new Error(`no option ${option}`);
  return String(found.defaultValueDescription ?? found.defaultValue);
}

/** A Markdown table. */
export function limits(): string {
  const rows: [what: string, limit: string][] = [
    ["Time for one network operation, unless `--timeout` says otherwise", defaultOf("--timeout")],
    ["Time for one server name, all in all, unless `--deadline` says otherwise", defaultOf("--deadline")],
    ["Time for clues (further requests when something failed), all together", count(BUDGET_MS / 1000, "s")],
    ["Server names at once, unless `--concurrency` says otherwise", `${defaultOf("--concurrency")} (at most ${count(MAX_CONCURRENCY)})`],
    [
      "Addresses of one server name, shared among its SRV targets",
      `${count(MOST_ADDRESSES)} (${count(MOST_ADDRESSES_BY_POLICY)} under a policy)`,
    ],
    ["Requests to the endpoints of one server name", count(MOST_REQUESTS)],
    ["Endpoints of one server name that are asked at once", count(ENDPOINTS_AT_ONCE)],
    ["SRV targets that are tried", count(MAX_TARGETS)],
    ["Addresses of one family of a host that are tried", count(MAX_ADDRESSES)],
    ["DNS questions to resolvers at once", count(MAX_QUERIES)],
    ["DNS questions to nameservers at once", count(MAX_DIRECT_QUERIES)],
    ["Aliases (CNAME) that are followed", count(MAX_CHAIN)],
    ["Nameservers of a zone that are asked", count(MAX_NAMESERVERS)],
    ["Names that nameservers are asked for, in one check", count(MAX_NAMES)],
    ["Redirects of the well-known file that are followed", count(MAX_REDIRECTS)],
    ["Body of the well-known file", count(WELL_KNOWN_MAX_BYTES, "bytes")],
    ["Body of the version", count(VERSION_MAX_BYTES, "bytes")],
    ["Body of the signing keys", count(KEYS_MAX_BYTES, "bytes")],
    ["Header of a response", count(MAX_HEADER_BYTES, "bytes")],
    ["What a server sends during a TLS handshake", count(MAX_HANDSHAKE_BYTES, "bytes")],
    ["Certificates of one handshake that are looked at", count(MAX_SENT)],
    ["URLs from which a missing issuer's certificate is fetched", count(MOST_URLS)],
    ["Signing keys whose signatures are verified", count(MAX_KEYS_CHECKED)],
    ["Depth of signed JSON", count(MAX_DEPTH)],
    ["Text that is read as a server name", count(LONGEST_TEXT_READ, "characters")],
    ["Line of a file of server names", count(MAX_NAME_LINE, "characters")],
    ["One zone file, with what it includes", `${count(MAX_ZONE_FILE / 1024 / 1024, "MiB")}, ${count(MAX_RECORDS, "records")}`],
    ["Line of a zone file", count(MAX_LINE, "characters")],
    ["Connections of clients to `serve`", count(MAX_CONNECTIONS)],
    ["One object of recorded evidence", count(MAX_OBJECT, "characters")],
  ];
  return `| what | at most |\n| --- | --- |\n${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}`;
}
