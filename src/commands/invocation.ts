/** What was asked for on the command line. */
import type { ServeWith } from "../advice/well-known.ts";
import type { GlobalOptions } from "./options.ts";
import type { ServeOptions } from "./serve/serve.ts";

export type Invocation =
  | {
      command: "check" | "resolve";
      names: string[];
      options: GlobalOptions;
      /** The options that were given, by the names of their values. */
      given: ReadonlySet<string>;
    }
  | {
      command: "explain";
      code: string | undefined;
      json: boolean;
      options: GlobalOptions;
      /** Options of the check that were given. */
      stray: string[];
    }
  | { command: "plan"; name: string; own: PlanFlags; options: GlobalOptions; given: ReadonlySet<string>; stray: string[] }
  | { command: "serve"; own: ServeOptions; options: GlobalOptions; stray: string[] }
  | { command: "completion"; shell: Shell; stray: string[] }
  | { command: typeof CANDIDATES; shell: Shell; words: string[] };

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Asked by the completion scripts, not by people. */
export const CANDIDATES = "completion-candidates";

/** As commander hands them over. */
export interface PlanFlags {
  /** It must be there; without it the message gives an example. */
  to?: string;
  with?: ServeWith;
  srv?: true;
  json?: true;
  offline?: true;
}

/** The check's options that a plan has use for: they say how to look at what is there today. */
export const PLAN_TAKES = [
  "--dns-server",
  "--connect-to",
  "--ca-file",
  "--allow-private",
  "--timeout",
  "--deadline",
  "-4",
  "-6",
  "--no-progress",
  "--color",
] as const;

/** The same of `serve`. */
export const SERVE_TAKES = [
  "--allow-private",
  "--concurrency",
  "--timeout",
  "--deadline",
  "--dns-server",
  "--no-authoritative",
  "--ca-file",
  "-4",
  "-6",
  "--connect-to",
  "--min-cert-days",
  "--color",
] as const;
