/** The formats of one run with where their texts go: opened with the first report, closed with the totals. */
import type { Report } from "../../facts/output.ts";
import { addTo, emptyTotals } from "../../report/totals.ts";
import type { ExitCode } from "../exit-code.ts";
import type { Format } from "./format.ts";

/** A format, and where its text goes. */
export interface OpenFormat {
  format: Format;
  write: (text: string) => Promise<void>;
}

/** What is kept of a report whose texts are made. */
export type Counted = Pick<Report, "verdict" | "startedAt" | "durationMs">;

export class Outputs {
  readonly #load: () => Promise<OpenFormat[]>;
  readonly #period = new Period();
  readonly #totals = emptyTotals();
  #loading: Promise<OpenFormat[]> | null = null;

  /** `load` is called when the formats are needed first, once. */
  constructor(load: () => Promise<OpenFormat[]>) {
    this.#load = load;
  }

  /** Loads the formats, unless they are there; what failed is tried again by the next one. */
  ready(): Promise<OpenFormat[]> {
    return (this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = null;
      throw error;
    }));
  }

  /** For each format what gives the text when it is the report's turn. The report may be forgotten then. */
  async texts(report: Report): Promise<(() => string)[]> {
    return (await this.ready()).map(({ format }) => format.report(report));
  }

  /** Counts the report, whatever becomes of writing it. True for the first one, which `write` is to be told. */
  count(judged: Counted): boolean {
    addTo(this.#totals, judged);
    return this.#period.include(judged);
  }

  async write(texts: readonly (() => string)[], isFirst: boolean): Promise<void> {
    for (const [index, { format, write }] of (await this.ready()).entries())
      await write((isFirst ? format.open(this.#period.startedAt) : "") + (texts[index]?.() ?? ""));
  }

  /** The ends of the texts; their beginnings, too, when there was no report. */
  async close(): Promise<void> {
    for (const { format, write } of await this.ready()) {
      if (!this.#period.begun) await write(format.open(this.#period.startedAt));
      for (const piece of format.closeInPieces?.() ?? [format.close(this.#totals, this.#period.durationMs)]) await write(piece);
    }
  }

  /** Of the first format, if it has exit codes of its own; after `close`. */
  async exitCode(): Promise<ExitCode | null> {
    return (await this.ready())[0]?.format.exitCode?.() ?? null;
  }
}

/** From the first report's start to the last one's end: the same for a check and for judging its facts again. */
class Period {
  startedAt = new Date().toISOString();
  begun = false;
  #end = 0;

  /** True for the first one. */
  include({ startedAt, durationMs }: Pick<Report, "startedAt" | "durationMs">): boolean {
    const isFirst = !this.begun;
    if (isFirst) this.startedAt = startedAt;
    this.begun = true;
    this.#end = Math.max(this.#end, Date.parse(startedAt) + durationMs);
    return isFirst;
  }

  get durationMs(): number {
    return this.begun ? Math.max(0, Math.round(this.#end - Date.parse(this.startedAt))) : 0;
  }
}
