// What was probably meant by a text that is no server name: the name in a URL, an identifier, an e-mail address and so on.
import { domainToASCII } from "node:url";
import { isIpv6, LONGEST_TEXT_READ, readServerName } from "./server-name-grammar.ts";

/** The server name that `text`, which isn't one, probably means; itself a valid name. Null when there is none to be sure of. */
export function intendedName(text: string): string | null {
  if (text.length > LONGEST_TEXT_READ) return null;
  const part = namePart(unquoted(text.trim()));
  if (part === null) return null;
  const { host, port } = separate(part);
  const guess = port === "" ? tidyHost(host) : `${tidyHost(host)}:${port}`;
  return readServerName(guess).ok ? guess : null;
}

/** Without what stands around a name in a sentence or a list: quotes, brackets, a comma behind it. */
function unquoted(text: string): string {
  return text.replace(/^["'`<(]+/, "").replace(/[>"'`),;]{1,8}$/, "");
}

/** The text's part that stands for host and port. */
function namePart(text: string): string | null {
  // https://matrix.to/#/@alice:example.com (Appendices, "matrix.to navigation") and matrix:u/alice:example.com ("matrix: URI scheme").
  const link = /^(?:https?:\/\/)?matrix\.to\/#\/(.*)$/i.exec(text)?.[1] ?? /^matrix:(?:\/\/[^/]*\/)?[a-z]{1,10}\/(.*)$/i.exec(text)?.[1];
  if (link !== undefined) {
    const identifier = decode(link);
    return identifier === null ? null : afterColon(identifier);
  }
  if (/^[@#!$+]/.test(text)) return afterColon(text);
  const authority = withoutPath(text.replace(/^[a-z][a-z0-9+-]{0,30}:\/+/i, "").replace(/^\/+/, ""));
  // user:password@ of a URL, or the local part of an e-mail address.
  return authority.slice(authority.lastIndexOf("@") + 1).trim();
}

/** In an identifier the server name follows the first colon; the local part has none (Appendices, "Common Identifier Format"). */
function afterColon(identifier: string): string | null {
  const colon = identifier.indexOf(":");
  return colon === -1 ? null : withoutPath(identifier.slice(colon + 1)).trim();
}

function withoutPath(text: string): string {
  const end = text.search(/[/\\?#]/);
  return end === -1 ? text : text.slice(0, end);
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/** Host (an IPv6 literal in brackets) and port (empty when there is none worth keeping). */
function separate(part: string): { host: string; port: string } {
  if (isIpv6(part)) return { host: `[${part}]`, port: "" };
  const colon = part.endsWith("]") ? -1 : part.lastIndexOf(":");
  if (colon === -1) return { host: part, port: "" };
  const host = part.slice(0, colon);
  const port = part.slice(colon + 1);
  if (isIpv6(host)) return { host: `[${host}]`, port };
  // alice:example.com, a user ID without its "@"
  if (!/[.:\]]/.test(host) && port.includes(".") && /[a-z]/i.test(port)) return { host: port, port: "" };
  return { host, port: /^0*$/.test(port) ? "" : port };
}

function tidyHost(host: string): string {
  const inside = /^\[([^\]]*)\]$/.exec(host)?.[1];
  if (inside !== undefined && isIpv6(inside)) return host;

  let name = /[^\x00-\x7f]/.test(host) ? domainToASCII(host) : (inside ?? host);
  name = name.replace(/^\*\./, "").replace(/^_[a-z-]+\._(?:tcp|udp)\./i, ""); // a wildcard, or the owner name of an SRV record
  name = name.replace(/\.{2,}/g, ".");
  return name.slice(name.startsWith(".") ? 1 : 0, name.endsWith(".") ? -1 : undefined);
}
