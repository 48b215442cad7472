/** This program's own JSON by its schema. */
import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { SCHEMA_FILE } from "../../../scripts/schema.ts";

const schema = JSON.parse(readFileSync(SCHEMA_FILE, "utf8")) as { $id: string };
const ajv = new Ajv2020({ strict: true, allErrors: true });
export const isOutput = ajv.compile(schema);
export const isReport = ajv.getSchema(`${schema.$id}#/$defs/Report`) as ValidateFunction;
