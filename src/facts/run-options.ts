/** What one run of a check takes besides the checker's options. */
import type { Expectations } from "./facts.ts";
import type { StepId } from "./output.ts";

export interface RunOptions {
  /** Ends the check early; what isn't known by then is untested. */
  signal?: AbortSignal;
  onStep?: (step: StepId) => void;
  /** For this name; what it leaves out is that of the checker. */
  expect?: Expectations;
  /** For this name, besides those of the checker. */
  ignore?: string[];
  /** True: nothing that an earlier check of a `shared` checker was told; for checking a name again after a change. */
  fresh?: boolean;
}
