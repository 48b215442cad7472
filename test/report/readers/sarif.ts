/** SARIF 2.1.0 by its own schema. */
import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import addFormats from "ajv-formats";

// The schema is draft-04; of what draft-06 changed it uses only the name of `id`. One of its patterns has a stray bracket, which /u
// refuses.
const {
  id: _,
  $schema: __,
  ...schema
} = JSON.parse(readFileSync(new URL("../schemas/sarif-2.1.0-rtm.5.json", import.meta.url), "utf8")) as Record<string, unknown>;
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
addFormats.default(ajv);
export const isSarif = ajv.compile(schema);
