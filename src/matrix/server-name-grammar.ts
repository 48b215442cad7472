// The grammar of server names (Matrix Appendices, "Server Name"), stricter where a name that fits the grammar can't exist:
// ports 1-65535, octets up to 255, labels of 1-63 characters and names of up to 253 (RFC 1035, 2.3.4), 255 characters in all.
import { describeCharacter } from "./character.ts";

export interface ServerName {
  /** As given. */
  text: string;
  kind: "dns" | "ipv4" | "ipv6";
  /** As given, an IPv6 literal without its brackets; with the final dot if there is one. */
  host: string;
  /** Lower case without the final dot; for an IP literal its canonical text (RFC 5952). */
  dnsHost: string;
  /** 1-65535, or null when none is given. */
  port: number | null;
  /** The port's digits as given, leading zeros included. */
  portText: string | null;
  /** A DNS name that ends in one dot: allowed by the grammar, but no certificate matches it for some homeservers. */
  finalDot: boolean;
}

/** The kind of mistake in something that is no server name. */
export type ServerNameFault =
  | "empty"
  | "scheme" //      a URL or a matrix: URI
  | "user-id" //     a user ID, room ID, room alias or e-mail address
  | "path" //        a slash, query or fragment after the name
  | "whitespace"
  | "non-ascii" //   an internationalised name that isn't written as A-labels
  | "bare-ipv6" //   without brackets
  | "underscore"
  | "port"
  | "other";

export type GrammarResult = { ok: true; name: ServerName } | { ok: false; fault: ServerNameFault; problem: string };

/** Longer texts are not looked at: nothing in them can be a server name by mistake. */
export const LONGEST_TEXT_READ = 4096;
const LONGEST_NAME = 255;
const LONGEST_DNS_NAME = 253;

/** Reads a server name by the grammar alone. */
export function readServerName(text: string): GrammarResult {
  if (text.length > LONGEST_TEXT_READ) return tooLong(text);
  const disguise = recogniseDisguise(text);
  if (disguise !== null) return disguise;

  const split = splitPort(text);
  if ("problem" in split) return split;
  if (text.length > LONGEST_NAME) return tooLong(text);
  const { host, portText, bracketed } = split;
  const hostProblem = bracketed ? null : checkHost(host);
  if (hostProblem !== null) return hostProblem;
  const port = portText === null ? null : Number(portText);
  if (portText !== null && port !== null) {
    const problem = portProblem(portText, port);
    if (problem !== null) return fail("port", problem);
  }

  const rest = { text, host, port, portText };
  if (bracketed) return { ok: true, name: { ...rest, kind: "ipv6", dnsHost: canonicalIpv6(host), finalDot: false } };
  if (isIpv4(host)) return { ok: true, name: { ...rest, kind: "ipv4", dnsHost: host, finalDot: false } };
  const finalDot = host.endsWith(".");
  const dnsHost = (finalDot ? host.slice(0, -1) : host).toLowerCase();
  return { ok: true, name: { ...rest, kind: "dns", dnsHost, finalDot } };
}

/** Four decimal numbers of 0-255 without leading zeros, which some parsers take for octal (RFC 6943, 3.1.1). */
export function isIpv4(text: string): boolean {
  if (text.length > 15) return false;
  const octets = text.split(".");
  return octets.length === 4 && octets.every((octet) => /^(?:0|[1-9][0-9]{0,2})$/.test(octet) && Number(octet) <= 255);
}

/** An IPv6 address in text form (RFC 4291, 2.2) without a zone and without brackets. */
export function isIpv6(text: string): boolean {
  if (text.length < 2 || text.length > 45) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  let size = groups.length;
  if (groups.at(-1)?.includes(".") === true) {
    if (text.endsWith(":") || !isIpv4(groups.pop() ?? "")) return false;
    size += 1; // the dotted form stands for two groups
  }
  if (!groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false;
  return halves.length === 2 ? size <= 7 : size === 8;
}

/** Things that hold a server name but aren't one. */
function recogniseDisguise(text: string): GrammarResult | null {
  if (text.trim() === "")
    return fail(text === "" ? "empty" : "whitespace", text === "" ? "A server name can't be empty." : "There is only white space.");
  const scheme = /^\s*([a-z][a-z0-9+-]{0,30}):\//i.exec(text)?.[1];
  if (scheme !== undefined)
    return fail("scheme", `This is a URL; a server name has no "${scheme.toLowerCase()}:" before it and no path after it.`);
  if (/^\s*matrix:[a-z]{1,10}\//i.test(text))
    return fail("scheme", "This is a matrix: URI; a server name is only the part after the colon of an identifier.");
  const sigil = /^\s*([@#!$+])/.exec(text)?.[1];
  if (sigil !== undefined)
    return fail(
      "user-id",
      `This is ${IDENTIFIERS[sigil] ?? "a Matrix identifier"} ("${sigil}…"); a server name is only the part after its colon.`,
    );
  const slash = text.search(/[/\\?#]/);
  if (slash !== -1) return fail("path", `There is ${describeCharacter(text, slash)} at character ${slash + 1}; a server name has no path.`);
  if (text.includes("@")) return fail("user-id", 'This looks like an e-mail address; a server name has no "@".');
  const space = text.search(/\s/);
  if (space !== -1)
    return fail(
      "whitespace",
      `There is white space (${describeCharacter(text, space)}) at character ${space + 1}; a server name has none.`,
    );

  const foreign = text.search(/[^\x00-\x7f]/);
  if (foreign !== -1)
    return fail(
      "non-ascii",
      `There is ${describeCharacter(text, foreign)} at character ${foreign + 1}; outside ASCII a name is written in its "xn--" form.`,
    );
  return null;
}

const IDENTIFIERS: Record<string, string> = {
  "@": "a user ID",
  "#": "a room alias",
  "!": "a room ID",
  $: "an event ID",
  "+": "a group ID",
};

type Split = { host: string; portText: string | null; bracketed: boolean };

function splitPort(text: string): Split | Extract<GrammarResult, { ok: false }> {
  if (text.startsWith("[")) {
    const end = text.indexOf("]");
    if (end === -1) return fail("other", `There is no "]" after the IPv6 address.`);
    const host = text.slice(1, end);
    const rest = text.slice(end + 1);
    if (host.includes("%"))
      return fail("other", 'An IPv6 address in a server name can\'t have a zone ("%…"): it means nothing on other machines.');
    if (!isIpv6(host)) return fail("other", "The text in the brackets isn't an IPv6 address.");
    if (rest !== "" && !rest.startsWith(":")) return fail("other", `Only a colon and a port can follow the "]".`);
    return { host, portText: rest === "" ? null : rest.slice(1), bracketed: true };
  }
  const first = text.indexOf(":");
  const last = text.lastIndexOf(":");
  if (first === -1) return { host: text, portText: null, bracketed: false };
  if (first === last) return { host: text.slice(0, first), portText: text.slice(first + 1), bracketed: false };
  const zone = text.indexOf("%");
  if (isIpv6(zone === -1 ? text : text.slice(0, zone)) || isIpv6(text.slice(0, last))) {
    return fail("bare-ipv6", "In a server name, an IPv6 address must be in square brackets.");
  }
  return fail("other", "There is more than one colon; a server name has at most one, before the port.");
}

function checkHost(host: string): Extract<GrammarResult, { ok: false }> | null {
  if (host === "") return fail("other", "There is no host before the port.");
  const strange = host.search(/[^A-Za-z0-9.-]/);
  if (strange !== -1) {
    const fault = host.includes("_") ? "underscore" : "other";
    const at = fault === "underscore" ? host.indexOf("_") : strange;
    return fail(fault, `There is ${describeCharacter(host, at)} at character ${at + 1}; a host has only letters, digits, "-" and ".".`);
  }
  if (/^\d+\.\d+\.\d+\.\d+\.?$/.test(host) && !isIpv4(host)) {
    return fail(
      "other",
      "This looks like an IPv4 address but isn't one: it has four numbers of 0 to 255, no leading zeros, and no final dot.",
    );
  }
  const labels = host.split(".");
  if (labels.length > 1 && labels.at(-1) === "") labels.pop(); // one final dot
  if (labels.includes("")) return fail("other", "There is an empty label: a dot at the start, or two dots in a row.");
  const long = labels.find((label) => label.length > 63);
  if (long !== undefined) return fail("other", `A label (the part between two dots) is ${long.length} characters long; DNS allows 63.`);
  const length = labels.join(".").length;
  if (length > LONGEST_DNS_NAME) return fail("other", `The host is ${length} characters long; DNS allows ${LONGEST_DNS_NAME}.`);
  return null;
}

function portProblem(portText: string, port: number): string | null {
  if (portText === "") return "There is a colon but no port after it.";
  const strange = portText.search(/[^0-9]/);
  if (strange !== -1) return `There is ${describeCharacter(portText, strange)} in the port; a port has only digits.`;
  if (portText.length > 5) return `The port has ${portText.length} digits; a port has at most 5 (1 to 65535).`;
  if (port === 0) return "The port is 0; a port is a number from 1 to 65535.";
  if (port > 65535) return `The port is ${port}; a port is a number from 1 to 65535.`;
  return null;
}

function tooLong(text: string): GrammarResult {
  return fail("other", `This is ${text.length} characters long; a server name has at most ${LONGEST_NAME}.`);
}

function fail(fault: ServerNameFault, problem: string): Extract<GrammarResult, { ok: false }> {
  return { ok: false, fault, problem };
}

/** RFC 5952 form of an address that `isIpv6` accepts, as URLs write it; ipaddr.js would be loaded for every mistyped name. */
function canonicalIpv6(text: string): string {
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}
