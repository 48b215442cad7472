/**
 * Stand-ins for what somebody may not want to show in public: addresses, names, key ids, keys, hashes, paths, and who is meant by user ids
 * and mail addresses. The same thing has the same stand-in wherever it stands, in a field or inside of a text. Pure.
 *
 * What rules go by is kept: what kind of address it is (in a table beside the facts), which name is below which, odd labels, A-labels,
 * letter case, ports, and what is the same as what.
 */
import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";
import { isIpv4, isIpv6 } from "../facts/address.ts";
import type { AddressStandIn } from "../facts/facts.ts";
import { notPublicKind } from "../facts/public-address.ts";
import { uLabel } from "../matrix/a-label.ts";
import { oddLabel } from "../matrix/server-name.ts";
import { isCloudflareRange } from "../views/cloudflare.ts";
import { PRIVATE_SUFFIXES, specialUse } from "../facts/special-use.ts";
import { isTopLevelDomain, registrableDomain } from "../views/top-level-domain.ts";

/** Documentation (RFC 5737), then benchmarking (RFC 2544): nobody's addresses. */
const IPV4_POOLS = [
  ["192.0.2.", 254],
  ["198.51.100.", 254],
  ["203.0.113.", 254],
] as const;

const IPV4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g;
const IPV6 = /(?<![\w:.])(?:[\da-f]{0,4}:){2,7}(?:[\da-f]{1,4}|\d{1,3}(?:\.\d{1,3}){3})?(?![\w:])/gi;
/** Labels as servers write them, odd ones too, at least two, the last one without digits alone. */
const NAME = /(?<![\w%])(?:\*\.)?(?:[a-z0-9_-]{1,63}\.)+(?:xn--[a-z0-9-]{1,59}|[a-z][a-z0-9-]{0,61}[a-z]|[a-z]{2,63})(?![a-z0-9_-])/gi;
/** Keys, signatures, tokens. */
const LONG = /[A-Za-z0-9+/_-]{40,}={0,2}/g;
const USER_ID = /@[a-z0-9._=+/-]+(?=:[a-z0-9.[-])/gi;
const MAIL = /[a-z0-9._%+-]{1,256}(?=@[a-z0-9-]+\.[a-z])/gi;
const QUERY = /(?<=https?:\/\/[^\s"'<>?#]*\?)[^\s"'<>#]+/gi;

/** Words of the protocol that look like names. */
const NOT_NAMES =
  /^(?:rocket\.chat|m\.[a-z_.]+|org\.matrix\.[a-z0-9_.]+|io\.element\.[a-z0-9_.]+|(?:index|robots|server|security|facts)\.(?:html?|php|txt|json))$/i;

export class Redactor {
  readonly #all: boolean;
  /** The checked name's own host, and the domain that it belongs to, in lower case; what is kept unless all is hidden. */
  readonly #host: string;
  readonly #domain: string;
  readonly #addresses = new Map<string, string>();
  readonly #standIns: AddressStandIn[] = [];
  readonly #labels = new Map<string, string>();
  readonly #domains = new Map<string, string>();
  readonly #words = new Map<string, string>();
  readonly #longs = new Map<string, string>();
  #patterns: RegExp | null = null;

  /** `host`: of the checked name, without a port. */
  constructor(host: string, all: boolean) {
    const isSuffix = host.includes(".") && registrableDomain(host) === null && isTopLevelDomain(host.slice(host.lastIndexOf(".") + 1));
    this.#all = all && !isSuffix;
    this.#host = host
      .toLowerCase()
      .replace(/^\[|\]$/g, "")
      .replace(/\.$/, "");
    this.#domain = registrableDomain(this.#host)?.domain ?? this.#host;
    if (this.#all) {
      // Whatever else is below the same domain goes with it.
      this.#domains.set(this.#domain, this.#hiddenDomain());
    }
  }

  /** What the addresses stand for, for the rules. */
  get addresses(): AddressStandIn[] {
    return this.#standIns;
  }

  /** The domain of the checked name is one of public DNS. */
  get isPublicName(): boolean {
    return isTopLevelDomain(this.#domain.slice(this.#domain.lastIndexOf(".") + 1)) && specialUse(this.#domain) === null;
  }

  /** A word of its own that no pattern would find, such as a path or a key id: hidden wherever it stands. */
  hide(word: string, standIn: string): void {
    if (word.length < 3 || this.#words.has(word)) return;
    this.#words.set(word, standIn);
    this.#patterns = null;
  }

  get hidden(): number {
    return this.#words.size;
  }

  /** Any text. */
  text(text: string): string {
    if (text === "") return text;
    const parts = text
      .replace(QUERY, "redacted")
      .replace(USER_ID, (id) => `@${this.#numbered(this.#longs, id, (n) => `user-${n}`)}`)
      .replace(MAIL, (id) => this.#numbered(this.#longs, `mail ${id}`, (n) => `user-${n}`));
    return this.#withWords(parts, (plain) =>
      plain
        .replace(IPV6, (found) => this.#addressIn(found))
        .replace(IPV4, (found) => this.#addressIn(found))
        .replace(NAME, (found) => this.#nameIn(found))
        .replace(LONG, (long) => (this.#looksRandom(long) ? this.long(long) : long)),
    );
  }

  /** Of a field that holds a host, also one label or an odd name. A port and a final dot are kept; whatever isn't a host is a text. */
  host(text: string): string {
    const [, host = "", rest = ""] = /^((?:[A-Za-z0-9_*-]+\.)*[A-Za-z0-9_*-]+)(\.?(?::\d{1,5})?)$/.exec(text) ?? [];
    const isName = host !== "" && !/^\d+$/.test(host) && !isIpv4(host);
    return isName ? this.name(host) + rest : this.text(text);
  }

  /** An address as it stands in a field. */
  address(text: string): string {
    return this.#addressIn(text);
  }

  /** A hash, a key: something else of the same form. */
  long(text: string): string {
    const [body = ""] = text.split("=", 1);
    const padding = text.slice(body.length);
    const isHex = /^[\da-f]+$/.test(body);
    // URL-safe base64 stays that: some homeservers refuse it.
    const fill = isHex ? "0" : /[-_]/.test(body) ? "-" : "A";
    return this.#numbered(this.#longs, text, (n) => {
      const number = isHex ? n.toString(16) : `A${n}`;
      return number.padStart(body.length, fill).slice(-body.length) + padding;
    });
  }

  /** A DNS name, in the letter case that it has. */
  name(name: string): string {
    const dot = name.endsWith(".") ? "." : "";
    const bare = dot === "" ? name : name.slice(0, -1);
    const lower = bare.toLowerCase();
    const mapped = this.#mapped(lower);
    if (mapped === lower) return name;
    return `${/[A-Z]/.test(bare) ? mapped.slice(0, 1).toUpperCase() + mapped.slice(1) : mapped}${dot}`;
  }

  #mapped(lower: string): string {
    if (!this.#all && (lower === this.#host || lower === this.#domain || this.#host.endsWith(`.${lower}`))) return lower;
    if (lower === this.#domain || lower.endsWith(`.${this.#domain}`)) {
      const kept = this.#all ? this.#domain.split(".").length : this.#common(lower);
      const labels = lower.split(".");
      const tail = labels.slice(labels.length - kept).join(".");
      return this.#below(labels.slice(0, labels.length - kept), this.#all ? this.#domainOf(this.#domain) : tail);
    }
    const domain = registrableDomain(lower)?.domain ?? lower;
    if (lower.startsWith("*.")) return `*.${this.#mapped(lower.slice(2))}`;
    // A public suffix is nobody's.
    if (!lower.includes(".")) return isTopLevelDomain(lower) ? lower : this.#label(lower);
    return this.#below(domain === lower ? [] : lower.slice(0, -domain.length - 1).split("."), this.#domainOf(domain));
  }

  /** Labels that the name has in common with the checked one, from the right; the whole domain at least. */
  #common(lower: string): number {
    const [mine, its] = [this.#host.split(".").toReversed(), lower.split(".").toReversed()];
    let count = 0;
    while (count < its.length && mine[count] === its[count]) count++;
    return count;
  }

  /** `prefix` may be a name itself, where a zone's name was added to it. */
  #below(prefix: readonly string[], tail: string): string {
    if (prefix.length === 0) return tail;
    const whole = prefix.join(".");
    // In a text the address has its stand-in before the name is looked at.
    if (isIpv4(whole)) return `${this.#standIns.some(({ address }) => address === whole) ? whole : this.#addressIn(whole)}.${tail}`;
    const isName =
      prefix.length > 1 &&
      !prefix.some((label) => label.startsWith("_") || label === "*") &&
      (whole.endsWith(`.${this.#domain}`) || whole === this.#domain || registrableDomain(whole) !== null);
    return `${isName ? this.#mapped(whole) : prefix.map((label) => this.#label(label)).join(".")}.${tail}`;
  }

  #domainOf(domain: string): string {
    return this.#numbered(this.#domains, domain, (n) => {
      const last = domain.slice(domain.lastIndexOf(".") + 1);
      // What ends where nothing public does goes on ending there.
      const isPublic = isTopLevelDomain(last) && specialUse(domain) === null;
      return `domain-${n}.${isPublic ? "example" : last}`;
    });
  }

  #hiddenDomain(): string {
    if (!this.#domain.includes(".")) return "server-1";
    const last = this.#domain.slice(this.#domain.lastIndexOf(".") + 1);
    return `server-1.${this.isPublicName ? "example" : last}`;
  }

  /** Service labels and stars say what a name is for. */
  #label(label: string): string {
    if (label.startsWith("_") || label === "*" || label === "localhost" || label === "") return label;
    if (label.includes("*")) return label.replace(/[^*]+/g, "x");
    return this.#numbered(this.#labels, label, (n) => {
      if (label.startsWith("xn--")) {
        if (uLabel(label) === null) return `xn--${n}-0`;
        // Some homeservers refuse what browsers take.
        return domainToASCII(oddLabel(label) === null ? `ü${n}` : `\u{1f4a9}${n}`);
      }
      const odd = /^..--/.test(label) ? `a${n % 10}--` : "";
      return `${label.startsWith("-") ? "-" : ""}${odd}host-${n}${label.includes("_") ? "_" : ""}${label.endsWith("-") ? "-" : ""}`;
    });
  }

  #nameIn(found: string): string {
    if (NOT_NAMES.test(found)) return found;
    const star = found.startsWith("*.") ? "*." : "";
    const bare = found.slice(star.length);
    const last = bare.slice(bare.lastIndexOf(".") + 1).toLowerCase();
    const isKnown =
      this.#domains.has(bare.toLowerCase()) || bare.toLowerCase().endsWith(`.${this.#domain}`) || bare.toLowerCase() === this.#domain;
    const isName = isTopLevelDomain(last) || PRIVATE_SUFFIXES.has(last) || specialUse(bare.toLowerCase()) !== null;
    if (!isKnown && !isName) return found;
    if (star !== "" && !bare.includes(".")) return found;
    return `${star}${this.name(bare)}`;
  }

  #addressIn(found: string): string {
    const text = found.replace(/^\[|\]$/g, "");
    const isV4 = isIpv4(text);
    if (!isV4 && !isIpv6(text)) return found;
    const canonical = isV4 ? ipaddr.IPv4.parse(text).toString() : ipaddr.IPv6.parse(text).toString();
    if (!this.#all && isSameAddress(this.#host, canonical)) return found;
    const standIn = this.#numbered(this.#addresses, canonical, () => {
      const made = isV4
        ? nthIpv4([...this.#addresses.keys()].filter((key) => !key.includes(":")).length)
        : `2001:db8::${([...this.#addresses.keys()].filter((key) => key.includes(":")).length + 1).toString(16)}`;
      this.#standIns.push({
        address: made,
        notPublic: notPublicKind(canonical),
        ...(isCloudflareRange(canonical) ? { cloudflare: true } : {}),
      });
      return made;
    });
    return found.startsWith("[") && found.endsWith("]") ? `[${standIn}]` : standIn;
  }

  /** Something between words and random bytes: a path or a sentence has neither digits nor both cases. */
  #looksRandom(text: string): boolean {
    return /\d/.test(text) && (/[a-z]/.test(text) || /[A-Z]/.test(text)) && !/-{2}|_{2}|\/.*\/.*\//.test(text);
  }

  #withWords(text: string, rest: (plain: string) => string): string {
    if (this.#words.size === 0) return rest(text);
    this.#patterns ??= new RegExp(
      [...this.#words.keys()]
        .toSorted((one, other) => other.length - one.length)
        .map((word) => word.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"))
        .join("|"),
      "g",
    );
    let made = "";
    let from = 0;
    for (const match of text.matchAll(this.#patterns)) {
      made += rest(text.slice(from, match.index)) + (this.#words.get(match[0]) ?? "");
      from = match.index + match[0].length;
    }
    return made + rest(text.slice(from));
  }

  #numbered(known: Map<string, string>, key: string, make: (n: number) => string): string {
    const before = known.get(key);
    if (before !== undefined) return before;
    const made = make(known.size + 1);
    known.set(key, made);
    return made;
  }
}

function nthIpv4(index: number): string {
  let left = index;
  for (const [prefix, size] of IPV4_POOLS) {
    if (left < size) return `${prefix}${left + 1}`;
    left -= size;
  }
  return `198.18.${(left >> 8) & 255}.${left & 255}`;
}

function isSameAddress(host: string, canonical: string): boolean {
  if (isIpv4(host)) return host === canonical;
  return isIpv6(host) && ipaddr.IPv6.parse(host).toString() === canonical;
}
