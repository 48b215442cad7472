/** Trouble of this machine: neither a mistake of the one who called nor a fault of ours. One line on stderr, exit code 3. */
import { report } from "node:process";

/** Says what can't be done and why. */
export class MachineTrouble extends Error {
  readonly code = "machine";
  override name = "MachineTrouble";
}

/** The line about an error that is this machine's, whoever met it; null for any other. */
export function machineTrouble(error: unknown): string | null {
  if (error instanceof MachineTrouble) return error.message;
  if (!(error instanceof Error)) return null;
  switch ((error as NodeJS.ErrnoException).code) {
    case "EMFILE":
      return `too many open files: ${tooManyFiles()}`;
    case "ENFILE":
      return "too many open files on this machine: end other programs, or raise its limit (on Linux: sysctl fs.file-max)";
    default:
      return error.cause === undefined ? null : machineTrouble(error.cause);
  }
}

/** What `EMFILE` means, with the limit where it is known, and what helps. */
export function tooManyFiles(): string {
  const limit = openFilesLimit();
  return `this process may open ${limit === null ? "no more" : `only ${limit}`} files and connections at once; raise that limit (ulimit -n 1024) or lower --concurrency`;
}

/** Null where it isn't known. Not read from a file: none can be opened now. */
function openFilesLimit(): number | null {
  try {
    // Or Node would look up the names of all addresses that it is connected to.
    (report as typeof report & { excludeNetwork?: boolean }).excludeNetwork = true;
    const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: unknown } } };
    const limit = Number(userLimits?.open_files?.soft);
    return Number.isInteger(limit) && limit > 0 ? limit : null;
  } catch {
    return null;
  }
}
