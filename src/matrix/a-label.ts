/**
 * A-labels (RFC 5890, 2.3.2.1), decided here and not by Node: what its `domainToUnicode` says of a label that is none has changed with its
 * versions, and a server's verdict must not.
 */

/** Punycode's parameters for IDNA (RFC 3492, 5). */
const [BASE, T_MIN, T_MAX, SKEW, DAMP, FIRST_BIAS, FIRST_N] = [36, 1, 26, 38, 700, 72, 0x80];
/** DNS labels are no longer. */
const MAX_LABEL = 63;

/**
 * The U-label that an A-label stands for; null when `label` is none: what follows `xn--` isn't Punycode, or not that of a label outside
 * ASCII in normal form, without anything that IDNA maps to something else (RFC 5891, 4.2.2, 5.4).
 */
export function uLabel(label: string): string | null {
  if (!/^xn--/i.test(label) || label.length > MAX_LABEL || label.endsWith("-")) return null;
  const unicode = decode(label.slice(4).toLowerCase());
  if (unicode === null || !/[^\0-\x7f]/.test(unicode)) return null;
  // RFC 5891, 4.2.3.2: no label starts with a combining mark.
  if (unicode.normalize("NFC") !== unicode || /^\p{M}/u.test(unicode)) return null;
  return [...unicode].every((character) => character <= "\x7f" || isSymbol(character) || isAllowed(character)) ? unicode : null;
}

/** Symbols, emoji among them, were allowed by IDNA 2003 and by some registries. RFC 5892, 2.6 has three of them. */
export function isSymbol(character: string): boolean {
  return /(?![\u0375\u06fd\u06fe])\p{S}/u.test(character);
}

/** RFC 5892, 2.6 and 2.8: allowed, some of them in a context that isn't judged here; Cherokee's capitals are what folding gives. */
const EXCEPTIONS = /[\u00b7\u00df\u0375\u03c2\u05f3\u05f4\u06fd\u06fe\u0f0b\u200c\u200d\u3007\u30fb\u13a0-\u13f5]/;
/** RFC 5892, 2.6, and the old Hangul Jamo (2.9). */
const REFUSED = /[\u0640\u07fa\u302e\u302f\u3031-\u3035\u303b\u1100-\u11ff\u13f8-\u13fd\ua960-\ua97c\uab70-\uabbf\ud7b0-\ud7fb]/;

/**
 * RFC 5892, 3, as far as it doesn't depend on the Unicode version: what isn't assigned is allowed. Letters, digits and marks (2.1) that
 * neither compatibility nor case folding changes (2.2), and that aren't ignored (2.3).
 */
function isAllowed(character: string): boolean {
  if (EXCEPTIONS.test(character)) return true;
  if (REFUSED.test(character) || /[\p{Default_Ignorable_Code_Point}\u0345]/u.test(character)) return false;
  if (character.normalize("NFKC").toLowerCase().normalize("NFKC") !== character) return false;
  return /(?!\p{Noncharacter_Code_Point})[\p{L}\p{Mn}\p{Mc}\p{Nd}\p{Cn}]/u.test(character);
}

/** RFC 3492, 6.2. Null for what isn't Punycode, or isn't as an encoder writes it. */
function decode(encoded: string): string | null {
  const cut = encoded.lastIndexOf("-");
  if (cut === 0) return null;
  const output = [...encoded.slice(0, Math.max(0, cut))].map((character) => character.charCodeAt(0));
  if (output.some((code) => code >= FIRST_N)) return null;
  let [n, i, bias] = [FIRST_N, 0, FIRST_BIAS];
  for (let at = cut + 1; at < encoded.length;) {
    const before = i;
    for (let [weight, k] = [1, BASE]; ; k += BASE) {
      const digit = digitOf(encoded.charCodeAt(at++));
      if (digit === null) return null;
      i += digit * weight;
      const threshold = k <= bias ? T_MIN : Math.min(k - bias, T_MAX);
      if (digit < threshold) break;
      weight *= BASE - threshold;
      // Beyond what any label of 63 characters needs; it would also leave the safe integers.
      if (weight > 0x7fffffff) return null;
    }
    const length = output.length + 1;
    bias = adapt(i - before, length, before === 0);
    n += Math.floor(i / length);
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return null;
    i %= length;
    output.splice(i++, 0, n);
  }
  return String.fromCodePoint(...output);
}

function digitOf(code: number): number | null {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61;
  return code >= 0x30 && code <= 0x39 ? code - 0x30 + 26 : null;
}

function adapt(delta: number, length: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / DAMP) : delta >> 1;
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}
