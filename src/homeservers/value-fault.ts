/** Which kind of broken `m.server` a value is, as the models tell them apart. */
import type { ValueFault } from "./model.ts";

/** `fault` is what its parser says. */
export function valueFault(value: string, fault: string): ValueFault {
  if (fault === "port") return /:0{1,5}$/.test(value) ? "port-zero" : "port";
  if (
    fault === "scheme" ||
    fault === "path" ||
    fault === "bare-ipv6" ||
    fault === "underscore" ||
    fault === "whitespace" ||
    fault === "non-ascii"
  )
    return fault;
  return "other";
}
