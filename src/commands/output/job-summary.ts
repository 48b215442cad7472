/**
 * The job summary of GitHub Actions (and of Gitea's and Forgejo's): Markdown behind what stands already in the file that
 * GITHUB_STEP_SUMMARY names. Trouble with it is the runner's and never changes how the check ends: it is said in a note.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions#adding-a-job-summary
 */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { ReportFile } from "../options.ts";
import { fileProblem, quote } from "../usage.ts";
import type { WrittenFile } from "./written-file.ts";

/** More than this in one step, and the runner drops the summary as a whole. Bytes. */
const MOST_BYTES = 1024 * 1024;

/** Less than this isn't worth beginning with. */
const LEAST_BYTES = 16 * 1024;

export interface JobSummary {
  file: WrittenFile;
  /** Bytes that it may take. */
  maxBytes: number;
}

/** A --report that goes there already: it is what the user wants there. */
export function isReported(path: string, reports: readonly ReportFile[]): boolean {
  return reports.some(({ file }) => resolve(file) === resolve(path));
}

/** Null, and a note, when nothing can be written there. */
export async function openJobSummary(path: string, note: (text: string) => void): Promise<JobSummary | null> {
  const refuse = (why: string): null => {
    note(`no job summary, because GITHUB_STEP_SUMMARY ${quote(path)} can't be written: ${why}`);
    return null;
  };
  try {
    // A pipe would wait for a reader; what is there is never cut.
    const handle = await open(path, "a+");
    const stat = await handle.stat();
    const room = MOST_BYTES - stat.size;
    if (!stat.isFile() || room < LEAST_BYTES) {
      await handle.close();
      return refuse(stat.isFile() ? "this step has filled it up to GitHub's limit of 1 MiB" : "it is not a regular file");
    }
    // A heading needs a line of its own, whatever stands before it.
    let gap = stat.size === 0 ? "" : "\n\n";
    let closed = false;
    const close = async (): Promise<void> => {
      if (closed) return;
      closed = true;
      await handle.close();
    };
    const attempt = (action: () => Promise<void>): Promise<void> => action().catch((error: unknown) => void refuse(fileProblem(error)));
    return {
      maxBytes: room - gap.length,
      file: {
        write: (text) =>
          attempt(async () => {
            if (text === "" || closed) return;
            await handle.appendFile(gap + text);
            gap = "";
          }),
        commit: () => attempt(close),
        discard: () => close().catch(() => {}),
      },
    };
  } catch (error) {
    return refuse(fileProblem(error));
  }
}
