/** Whatever the schema of the output allows, as fast-check makes it: every string that it leaves open is one of those given. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { SCHEMA_FILE } from "../../scripts/schema.ts";
import type { Facts } from "../../src/facts/facts.ts";
import type { Report } from "../../src/facts/output.ts";

/** What of JSON Schema the generated file uses. */
interface Schema {
  $ref?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: Schema[];
  type?: string | string[];
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: false | Schema;
  prefixItems?: Schema[];
  minItems?: number;
}

const { $defs } = JSON.parse(readFileSync(SCHEMA_FILE, "utf8")) as { $defs: Record<string, Schema> };

const MOST_ITEMS = 3;
/** JSON has neither NaN nor infinity. */
const numbers = fc.oneof(
  fc.nat(70_000),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -1, 8.64e15 + 1, Number.MAX_VALUE, Number.MAX_SAFE_INTEGER),
);
const dates = fc.date({ noInvalidDate: true, min: new Date("1950-01-01"), max: new Date("2200-01-01") }).map((date) => date.toISOString());
const IS_DATE = new Set(["startedAt", "notBefore", "notAfter", "until", "validUntil"]);

class Arbitraries {
  readonly #strings: fc.Arbitrary<string>;
  readonly #known = new Map<string, fc.Arbitrary<unknown>>();

  constructor(strings: fc.Arbitrary<string>) {
    this.#strings = strings;
  }

  named(name: string): fc.Arbitrary<unknown> {
    const known = this.#known.get(name) ?? this.#of($defs[name]!, name);
    this.#known.set(name, known);
    return known;
  }

  #of(schema: Schema, key: string): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) return this.named(schema.$ref.replace("#/$defs/", ""));
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map((each) => this.#of(each, key)));
    if (Array.isArray(schema.type)) return fc.oneof(...schema.type.map((type) => this.#of({ ...schema, type }, key)));
    switch (schema.type) {
      case "string":
        return IS_DATE.has(key) ? fc.oneof({ weight: 3, arbitrary: dates }, this.#strings) : this.#strings;
      case "number":
        return numbers;
      case "integer":
        return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1_000_000 });
      case "boolean":
        return fc.boolean();
      case "null":
        return fc.constant(null);
      case "array": {
        if (schema.prefixItems !== undefined && schema.items === false)
          return fc.tuple(...schema.prefixItems.map((item) => this.#of(item, key)));
        const items = schema.items === undefined || schema.items === false ? fc.constant(null) : this.#of(schema.items, key);
        return fc.array(items, { minLength: schema.minItems ?? 0, maxLength: MOST_ITEMS });
      }
      case "object": {
        if (schema.properties === undefined)
          return fc.dictionary(this.#strings, this.#of(schema.additionalProperties as Schema, key), { maxKeys: MOST_ITEMS });
        const parts = Object.fromEntries(Object.entries(schema.properties).map(([name, each]) => [name, this.#of(each, name)]));
        return fc.record(parts, { requiredKeys: schema.required ?? [], noNullPrototype: true });
      }
      default:
        throw new Error(`not known: ${JSON.stringify(schema)}`);
    }
  }
}

export function anyReport(strings: fc.Arbitrary<string>): fc.Arbitrary<Report> {
  return new Arbitraries(strings).named("Report") as fc.Arbitrary<Report>;
}

export function anyFacts(strings: fc.Arbitrary<string>): fc.Arbitrary<Facts> {
  return new Arbitraries(strings).named("Facts") as fc.Arbitrary<Facts>;
}
