/**
 * Single fields of a record: numbers, TTLs, character strings. RFC 1035, 5.1. What is wrong is thrown as a FieldError, whose line the
 * parser knows.
 */
import ipaddr from "ipaddr.js";
import type { Token } from "./entries.ts";

/** One sentence: what is wrong and what would be right. */
export class FieldError extends Error {}

/** RFC 2181, 8. */
const MAX_TTL = 2 ** 31 - 1;
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
const TTL = /^(?:\d{1,10}[smhdw]){1,5}(?:\d{1,10})?$|^\d{1,10}$/i;

export function isTtl(text: string): boolean {
  return TTL.test(text);
}

/** Seconds; also BIND's `1h30m`. */
export function ttlOf(text: string, what = "TTL"): number {
  let seconds = isTtl(text) ? 0 : NaN;
  for (const [, digits = "", unit = "s"] of isTtl(text) ? text.toLowerCase().matchAll(/(\d+)([smhdw]?)/g) : [])
    seconds += Number(digits) * (UNITS[unit] ?? 1);
  if (Number.isNaN(seconds))
    throw new FieldError(`the ${what} ${quoted(text)} is no time: write seconds, such as 3600, or units, such as 1h30m`);
  if (seconds > MAX_TTL) throw new FieldError(`the ${what} ${quoted(text)} is more than ${MAX_TTL} seconds (RFC 2181, 8)`);
  return seconds;
}

export function unsigned(text: string, most: number, what: string): number {
  const value = Number(text);
  if (!/^\d{1,10}$/.test(text) || value > most) throw new FieldError(`the ${what} ${quoted(text)} is no number from 0 to ${most}`);
  return value;
}

export function ipv4(text: string): string {
  const octets = text.split(".", 5);
  if (octets.length !== 4 || octets.some((octet) => !/^(?:0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255)) {
    throw new FieldError(
      `${quoted(text)} is not an IPv4 address: write four numbers from 0 to 255, such as 192.0.2.1${isIpv6(text) ? "; for an IPv6 address the type is AAAA" : ""}`,
    );
  }
  return text;
}

export function ipv6(text: string): string {
  if (!isIpv6(text))
    throw new FieldError(
      `${quoted(text)} is not an IPv6 address, such as 2001:db8::1${isIpv4(text) ? "; for an IPv4 address the type is A" : ""}`,
    );
  return ipaddr.IPv6.parse(text).toString();
}

export function isIpv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

export function isIpv6(text: string): boolean {
  return text.length <= 45 && /^[0-9a-f:.]+$/i.test(text) && ipaddr.IPv6.isValid(text);
}

/** A character string as octets, each one character. Text beyond ASCII is taken as UTF-8. */
export function octets(token: Token, most: number): string {
  // Three digits and a backslash are the most that one octet takes.
  if (token.text.length > most * 4) throw new FieldError(`a string of more than ${most} octets: split it into several, each in quotes`);
  const parts: string[] = [];
  for (const [part, digits, escaped] of token.text.matchAll(/\\(?:(\d{1,3})|([^\d]))|[^\\]+/gu)) {
    if (digits !== undefined && (digits.length < 3 || Number(digits) > 255))
      throw new FieldError(`the escape ${part} is none: write three digits up to \\255`);
    parts.push(digits === undefined ? Buffer.from(escaped ?? part, "utf8").toString("latin1") : String.fromCharCode(Number(digits)));
  }
  const value = parts.join("");
  if (value.length > most)
    throw new FieldError(`a string of ${value.length} octets; at most ${most} are possible: split it into several, each in quotes`);
  return value;
}

/** RFC 3597, 5: `\# length hex…`. */
export function genericData(tokens: readonly Token[]): Buffer {
  const [, length, ...hex] = tokens;
  const text = hex.map((token) => token.text).join("");
  if (length === undefined || !/^(?:[0-9a-f]{2})*$/i.test(text))
    throw new FieldError("after \\# stand the number of octets and then those in hexadecimal (RFC 3597, 5)");
  const wanted = unsigned(length.text, 65_535, "number of octets");
  if (text.length !== wanted * 2) throw new FieldError(`\\# ${wanted} is followed by ${text.length / 2} octets (RFC 3597, 5)`);
  return Buffer.from(text, "hex");
}

/** Text of the file for a message: cut, on one line. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
