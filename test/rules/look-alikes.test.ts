/** Look-alikes in different areas, judged by all rules: the one doesn't raise the other. */
import { rules } from "../../src/rules/registry.ts";
import { done, endpoint, version, withEndpoints } from "./facts-builder.ts";
import { table } from "./judging.ts";

table(rules, [
  [
    "a slow homeserver behind a quick well-known",
    withEndpoints(endpoint({ version: done(version(), 5100) })),
    ["federation/slow", "well-known/cache"],
  ],
]);
