/** The limits of the program as SECURITY.md shows them: the numbers are the code's own. */
import { MAX_OBJECT } from "../src/commands/json-values.ts";
import { MAX_NAME_LINE } from "../src/commands/many/names.ts";
import { MAX_CONCURRENCY } from "../src/commands/options.ts";
import { MAX_DEPTH } from "../src/matrix/canonical-json.ts";
import { LONGEST_TEXT_READ } from "../src/matrix/server-name-grammar.ts";
import { MAX_KEYS_CHECKED } from "../src/matrix/signing-keys.ts";
import { MAX_CHAIN } from "../src/net/dns/answer.ts";
import { MAX_HEADER_BYTES } from "../src/net/http.ts";
import { MAX_HANDSHAKE_BYTES } from "../src/net/tls-handshake.ts";
import { BUDGET_MS } from "../src/observe/clues/gather.ts";
import { ENDPOINTS_AT_ONCE } from "../src/observe/observe.ts";
import { KEYS_MAX_BYTES, VERSION_MAX_BYTES } from "../src/observe/probe/federation-api.ts";
import { MAX_NAMESERVERS } from "../src/observe/resolver/zones.ts";
import { MAX_ADDRESSES, MAX_TARGETS } from "../src/views/dns-outcome.ts";
import { MAX_REDIRECTS, WELL_KNOWN_MAX_BYTES } from "../src/views/well-known-result.ts";
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
    ["One network operation, unless `--timeout` says otherwise", defaultOf("--timeout")],
    ["One server name, all in all, unless `--deadline` says otherwise", defaultOf("--deadline")],
    ["Further requests when something failed, all of them together", count(BUDGET_MS / 1000, "s")],
    ["Server names at once, unless `--concurrency` says otherwise", `${defaultOf("--concurrency")} (at most ${count(MAX_CONCURRENCY)})`],
    ["Endpoints of one name that are asked at once", count(ENDPOINTS_AT_ONCE)],
    ["SRV targets that are tried", count(MAX_TARGETS)],
    ["Addresses of one family of a host that are tried", count(MAX_ADDRESSES)],
    ["Aliases (CNAME) that are followed", count(MAX_CHAIN)],
    ["Nameservers of a zone that are asked", count(MAX_NAMESERVERS)],
    ["Redirects of the well-known file that are followed", count(MAX_REDIRECTS)],
    ["Body of the well-known file", count(WELL_KNOWN_MAX_BYTES, "bytes")],
    ["Body of the version", count(VERSION_MAX_BYTES, "bytes")],
    ["Body of the signing keys", count(KEYS_MAX_BYTES, "bytes")],
    ["Header of a response", count(MAX_HEADER_BYTES, "bytes")],
    ["What a server sends during a TLS handshake", count(MAX_HANDSHAKE_BYTES, "bytes")],
    ["Signing keys whose signatures are verified", count(MAX_KEYS_CHECKED)],
    ["Depth of JSON that is signed", count(MAX_DEPTH)],
    ["Text that is looked at for a server name", count(LONGEST_TEXT_READ, "characters")],
    ["Line of a file of server names", count(MAX_NAME_LINE, "characters")],
    ["One object of recorded evidence", count(MAX_OBJECT, "characters")],
  ];
  return `| what | at most |\n| --- | --- |\n${rows.map((row) => `| ${row.join(" | ")} |`).join("\n")}`;
}
