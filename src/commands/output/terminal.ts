/** How to write for this stream: colour, characters, width. Decided once, here; everything below gets the result. */
import type { OutStream } from "../io.ts";

export type ColorFlag = "auto" | "always" | "never";
export const COLOR_FLAGS: readonly ColorFlag[] = ["auto", "always", "never"];

type Env = Readonly<Record<string, string | undefined>>;

export interface Terminal {
  /** chalk's level. */
  colorLevel: 0 | 1 | 2 | 3;
  /** May characters outside ASCII be used for marks and arrows? */
  unicode: boolean;
  /** Columns. */
  width: number;
}

export function terminalOf(stream: OutStream, flag: ColorFlag, env: Env, platform: string): Terminal {
  const isTty = stream.isTTY === true;
  return { colorLevel: colorLevel(flag, isTty, env), unicode: unicode(isTty, env, platform), width: width(stream) };
}

/** The option over FORCE_COLOR over NO_COLOR (as Node does it), over what the stream is. A CI's log is no terminal. */
function colorLevel(flag: ColorFlag, isTty: boolean, env: Env): 0 | 1 | 2 | 3 {
  const forced = forcedLevel(env["FORCE_COLOR"]);
  if (flag === "never") return 0;
  if (flag === "always") return forced === null || forced === 0 ? 1 : forced;
  if (forced !== null) return forced;
  if (isSet(env["NO_COLOR"])) return 0;
  return isTty && !isCi(env) && env["TERM"] !== "dumb" ? 1 : 0;
}

/** FORCE_COLOR as Node reads it: empty, `1` and `true` are 16 colours, `2` and `3` more, anything else none. */
function forcedLevel(value: string | undefined): 0 | 1 | 2 | 3 | null {
  switch (value) {
    case undefined:
      return null;
    case "":
    case "1":
    case "true":
      return 1;
    case "2":
      return 2;
    case "3":
      return 3;
    default:
      return 0;
  }
}

/** A pipe gets UTF-8, as files are; a terminal gets it when its locale says so (POSIX: LC_ALL over LC_CTYPE over LANG). */
function unicode(isTty: boolean, env: Env, platform: string): boolean {
  if (!isTty) return true;
  if (env["TERM"] === "dumb" || env["TERM"] === "linux") return false;
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(isSet);
  if (locale === undefined) return platform === "win32";
  return /utf-?8/i.test(locale);
}

function width(stream: OutStream): number {
  // A pseudo-terminal that nobody gave a size has 0 columns.
  return stream.isTTY === true && stream.columns !== undefined && stream.columns > 0 ? Math.min(100, Math.max(40, stream.columns)) : 80;
}

/** Set by about every CI; `false` and `0` are how people turn it off. */
export function isCi(env: Env): boolean {
  const value = env["CI"];
  return isSet(value) && value !== "false" && value !== "0";
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}
