/** What is done to bytes, text and JSON that were right. */
import type { Random } from "./random.ts";

const NUMBERS = [0, 1, -1, 0.5, 255, 65_535, 65_536, 2 ** 31, 2 ** 32, Number.MAX_SAFE_INTEGER, 8.64e15 + 1, 1e308, -1e308];
/** Characters that mean something to some reader: terminals, right-to-left text, XML, HTML, Markdown, workflow commands, JSON. */
const TEXTS = [
  "",
  " ",
  "\0",
  "\u001b[2J\u001b]0;x\u0007",
  "\u202e",
  "\u2028",
  "\ufeff",
  "\ud800",
  "]]>",
  "</script><img src=x onerror=alert(1)>",
  "::error::x\n::stop-commands::y",
  "%0A%0D",
  "```\n# x",
  "|",
  "`${x}`",
  "ä".repeat(300),
  "a".repeat(100_000),
  "_matrix._tcp",
  "xn--",
  "xn--a",
  "[::1]",
  "256.256.256.256",
  "-",
  ".",
  "..",
  "a..b",
  "https://x/",
  "\\000",
  "__proto__",
  "constructor",
  "1e400",
  "<title>" + " ".repeat(8000),
];

/** One to eight changes. */
export function mutatedBytes(random: Random, original: Buffer): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let changes = 1 + random.below(8); changes > 0; changes--) bytes = changedBytes(random, bytes);
  return bytes;
}

function changedBytes(random: Random, bytes: Buffer): Buffer {
  const at = random.below(bytes.length + 1);
  const end = Math.min(bytes.length, at + 1 + random.below(16));
  switch (random.below(7)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8));
      return flipped;
    }
    case 1: {
      const set = Buffer.from(bytes);
      if (at < set.length) set[at] = random.pick([0, 1, 0x3f, 0x7f, 0x80, 0xc0, 0xff]);
      return set;
    }
    case 2: // Lengths are often two bytes.
      return at + 2 <= bytes.length
        ? Buffer.concat([bytes.subarray(0, at), Buffer.from([random.below(256), random.below(256)]), bytes.subarray(at + 2)])
        : bytes;
    case 3:
      return bytes.subarray(0, at);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
    case 5:
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(at, end), bytes.subarray(end)]);
    default:
      return Buffer.concat([bytes.subarray(0, at), Buffer.from(random.pick(TEXTS).slice(0, 200), "latin1"), bytes.subarray(at)]);
  }
}

export function mutatedText(random: Random, original: string): string {
  let text = original;
  for (let changes = 1 + random.below(5); changes > 0; changes--) {
    const at = random.below(text.length + 1);
    const end = Math.min(text.length, at + random.below(40));
    const lines = text.split("\n");
    switch (random.below(5)) {
      case 0:
        text = text.slice(0, at) + text.slice(end);
        break;
      case 1:
        text = text.slice(0, at) + random.pick(TEXTS) + text.slice(end);
        break;
      case 2:
        text = text.slice(0, end) + text.slice(at, end) + text.slice(end);
        break;
      case 3:
        lines.splice(random.below(lines.length), 1);
        text = lines.join("\n");
        break;
      default:
        lines.splice(random.below(lines.length), 0, random.pick(lines));
        text = lines.join("\n");
    }
  }
  return text;
}

/** A copy in which one to four values, anywhere, are others. */
export function mutatedJson(random: Random, original: unknown): unknown {
  let value = structuredClone(original);
  for (let changes = 1 + random.below(4); changes > 0; changes--) value = changedJson(random, value, 0);
  return value;
}

function changedJson(random: Random, value: unknown, depth: number): unknown {
  const isHere = typeof value !== "object" || value === null || Object.keys(value).length === 0 || (depth > 0 && random.oneIn(12));
  if (isHere) return otherValue(random, value);
  if (Array.isArray(value)) {
    const index = random.below(value.length);
    if (random.oneIn(5))
      return [...(value as unknown[]), ...Array.from({ length: random.pick([1, 20, 2000]) }, () => value[index] as unknown)];
    return value.map((each: unknown, at) => (at === index ? changedJson(random, each, depth + 1) : each));
  }
  const entries = Object.entries(value as Record<string, unknown>);
  const index = random.below(entries.length);
  if (random.oneIn(10)) entries.splice(index, 1);
  else if (random.oneIn(10)) entries.push([random.pick(TEXTS).slice(0, 1000), random.pick(entries)[1]]);
  else return Object.fromEntries(entries.map(([key, each], at) => [key, at === index ? changedJson(random, each, depth + 1) : each]));
  return Object.fromEntries(entries);
}

function otherValue(random: Random, value: unknown): unknown {
  if (typeof value === "string" && random.oneIn(2)) return random.oneIn(2) ? mutatedText(random, value) : random.pick(TEXTS);
  if (typeof value === "number" && random.oneIn(2)) return random.pick(NUMBERS);
  return random.pick<unknown>([null, true, false, [], {}, random.pick(NUMBERS), random.pick(TEXTS), [[[[]]]], { "": "" }]);
}
