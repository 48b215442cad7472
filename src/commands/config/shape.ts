/**
 * What a value of the configuration file may be, said once: a shape reads a value, names every mistake in it, and gives the JSON Schema of
 * what it takes. What no schema can say (is there such a file?) is a `check`.
 */
import { harmless } from "../../report/harmless.ts";
import { nearest } from "../../facts/nearest.ts";
import { quote } from "../usage.ts";
import type { Node } from "./json-tree.ts";
import type { Place, Reading, World } from "./reading.ts";

export type Schema = { [keyword: string]: unknown };

/** What a schema is put together from. */
export interface SchemaParts {
  /** The codes of all findings. */
  codes: readonly string[];
  /** What is referred to by name; filled on the way. */
  $defs: Record<string, Schema>;
}

export interface Shape<Out> {
  /** JSON Schema 2020-12. */
  schema(to: SchemaParts): Schema;
  /** Undefined after a mistake, which has been noted then. */
  read(node: Node, path: string, reading: Reading): Out | undefined;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  boolean: "a boolean",
  null: "null",
  array: "an array",
  object: "an object",
};

function wrongType(node: Node, path: string, reading: Reading, wanted: string): undefined {
  const kind = KINDS[node.type] ?? node.type;
  const value =
    node.type === "string"
      ? `${quote(String(node.value))} is `
      : node.type === "number" || node.type === "boolean"
        ? `${String(node.value)} is `
        : "this is ";
  return reading.note(node, path, () => `${value}${kind}; ${wanted} is expected`);
}

interface Text<Out> {
  /** With its article. */
  wanted: string;
  schema?: Schema | ((to: SchemaParts) => Schema);
  /** Null, or what is wrong, after the quoted text and a space. */
  problem?: (text: string) => string | null;
  /** The same for what has to be looked up. */
  check?: (out: Out, world: World) => Promise<string | null>;
  read: (text: string, world: World) => Out;
}

/** A string with something in it. */
export function text<Out>({ wanted, schema = {}, problem, check, read }: Text<Out>): Shape<Out> {
  return {
    schema: (to) => ({ type: "string", minLength: 1, ...(typeof schema === "function" ? schema(to) : schema) }),
    read(node, path, reading) {
      if (node.type !== "string") return wrongType(node, path, reading, wanted);
      const value = node.value as string;
      if (value === "") return reading.note(node, path, () => `it is empty; ${wanted} is expected`);
      const wrong = problem?.(value) ?? null;
      if (wrong !== null) return reading.note(node, path, () => `${quote(value)} ${wrong}`);
      const out = read(value, reading.world);
      if (check !== undefined) reading.later(node, path, () => check(out, reading.world));
      return out;
    },
  };
}

export const yesOrNo: Shape<boolean> = {
  schema: () => ({ type: "boolean" }),
  read: (node, path, reading) => (node.type === "boolean" ? (node.value as boolean) : wrongType(node, path, reading, "true or false")),
};

export function wholeNumber(least: number, most: number): Shape<number> {
  return {
    schema: () => ({ type: "integer", minimum: least, maximum: most }),
    read(node, path, reading) {
      const wanted = `a whole number from ${least} to ${most}`;
      if (node.type !== "number") return wrongType(node, path, reading, wanted);
      const value = node.value as number;
      return Number.isInteger(value) && value >= least && value <= most
        ? value
        : reading.note(node, path, () => `${value} is not ${wanted}`);
    },
  };
}

export function oneOf<const Word extends string>(words: readonly Word[]): Shape<Word> {
  return {
    schema: () => ({ type: "string", enum: words }),
    read(node, path, reading) {
      if (node.type !== "string") return wrongType(node, path, reading, `one of ${words.map((word) => `"${word}"`).join(", ")}`);
      const found = words.find((word) => word === node.value);
      return (
        found ??
        reading.note(
          node,
          path,
          () => `${quote(node.value as string)} is none of ${words.join(", ")}${didYouMean(node.value as string, words)}`,
        )
      );
    },
  };
}

function didYouMean(word: string, known: readonly string[]): string {
  const near = nearestName(word, known);
  return near === null ? "" : `; did you mean "${near}"?`;
}

/** `min-cert-days` and `MINCERTDAYS` are near to `minCertDays`. */
function nearestName(word: string, known: readonly string[]): string | null {
  const bare = (name: string): string => name.slice(0, 100).toLowerCase().replace(/[-_ ]/g, "");
  const near = nearest(bare(word), known.map(bare));
  return known.find((name) => bare(name) === near) ?? null;
}

/** An array in which nothing comes twice: strings are told apart by themselves, other things by `key`. */
export function list<Out>(
  item: Shape<Out>,
  {
    least = 0,
    most = Infinity,
    key = (_out, node) => String(node.value),
  }: { least?: number; most?: number; key?: (out: Out, node: Node) => string } = {},
): Shape<Out[]> {
  return {
    schema: (to) => ({
      type: "array",
      items: item.schema(to),
      ...(least > 0 && { minItems: least }),
      ...(most < Infinity && { maxItems: most }),
      uniqueItems: true,
    }),
    read(node, path, reading) {
      if (node.type !== "array") return wrongType(node, path, reading, "an array");
      const items = node.children ?? [];
      if (items.length < least) return reading.note(node, path, () => "the array is empty: leave it out, or put something in");
      if (items.length > most) return reading.note(node, path, () => `there are ${items.length} of them, and ${most} may be`);
      const seen = new Map<string, number>();
      return items.flatMap((child, index) => {
        const own = `${path}[${index}]`;
        const out = item.read(child, own, reading);
        if (out === undefined) return [];
        const name = key(out, child);
        const first = seen.get(name);
        if (first !== undefined) reading.note(child, own, () => `${quote(name)} is there twice: see ${path}[${first}]`);
        else seen.set(name, index);
        return [out];
      });
    },
  };
}

/** A value alone, or an array of at least one. */
export function oneOrMore<Out>(item: Shape<Out>): Shape<Out[]> {
  const several = list(item, { least: 1 });
  return {
    schema: (to) => ({ anyOf: [item.schema(to), several.schema(to)] }),
    read(node, path, reading) {
      if (node.type === "array") return several.read(node, path, reading);
      const out = item.read(node, path, reading);
      return out === undefined ? undefined : [out];
    },
  };
}

/** A string, or an object that can say more. */
export function textOrObject<Out>(short: Shape<Out>, long: Shape<Out>, wanted: string): Shape<Out> {
  return {
    schema: (to) => ({ anyOf: [short.schema(to), long.schema(to)] }),
    read(node, path, reading) {
      if (node.type === "string") return short.read(node, path, reading);
      if (node.type === "object") return long.read(node, path, reading);
      return wrongType(node, path, reading, wanted);
    },
  };
}

interface Field<Out> {
  /** For editors. */
  description: string;
  shape: Shape<Out>;
  required?: true;
}

export function object<T extends object>(fields: { [K in keyof Required<T>]: Field<Required<T>[K]> }): Shape<T> {
  const entries = Object.entries<Field<unknown>>(fields);
  const names = entries.map(([name]) => name);
  const required = entries.filter(([, field]) => field.required === true).map(([name]) => name);
  return {
    schema: (to) => ({
      type: "object",
      properties: Object.fromEntries(entries.map(([name, { description, shape }]) => [name, { description, ...shape.schema(to) }])),
      ...(required.length > 0 && { required }),
      additionalProperties: false,
    }),
    read(node, path, reading) {
      if (node.type !== "object") return wrongType(node, path, reading, "an object");
      /** Where each property stands. */
      const seen = new Map<string, Node>();
      const out: [string, unknown][] = [];
      let complete = true;
      for (const { children: [nameNode, valueNode] = [] } of node.children ?? []) {
        if (nameNode === undefined || valueNode === undefined) continue;
        const name = nameNode.value as string;
        const first = seen.get(name);
        const field = names.includes(name) ? (fields as Readonly<Record<string, Field<unknown>>>)[name] : undefined;
        if (field === undefined) {
          reading.note(nameNode, path, () => unknownProperty(name, names));
        } else if (first !== undefined) {
          reading.note(nameNode, under(path, name), () => `${quote(name)} is there twice: see line ${reading.place(first, path).line}`);
        } else {
          seen.set(name, nameNode);
          const value = field.shape.read(valueNode, under(path, name), reading);
          if (value === undefined) complete = false;
          else out.push([name, value]);
        }
      }
      for (const name of required) {
        if (seen.has(name)) continue;
        complete = false;
        reading.note(node, path, () => `"${name}" is missing: ${fields[name as keyof T].description}`);
      }
      return complete ? (Object.fromEntries(out) as T) : undefined;
    },
  };
}

function under(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function unknownProperty(name: string, known: readonly string[]): string {
  return `there is no property "${harmless(name, 80)}"${didYouMean(name, known) || `; there are ${known.join(", ")}`}`;
}

/** A shape that the schema has once, under its name. */
export function named<Out>(name: string, shape: Shape<Out>): Shape<Out> {
  return {
    schema(to) {
      to.$defs[name] ??= shape.schema(to);
      return { $ref: `#/$defs/${name}` };
    },
    read: (node, path, reading) => shape.read(node, path, reading),
  };
}

/** What was read, changed; with where it stands. */
export function through<In, Out>(shape: Shape<In>, change: (value: In, place: Place) => Out): Shape<Out> {
  return {
    schema: (to) => shape.schema(to),
    read(node, path, reading) {
      const value = shape.read(node, path, reading);
      return value === undefined ? undefined : change(value, reading.place(node, path));
    },
  };
}

/** The whole of what was read, looked at once more. Its parts have their own checks: with a mistake in them it isn't. */
export function checked<Out>(shape: Shape<Out>, check: (out: Out, world: World) => Promise<string | null>): Shape<Out> {
  return {
    schema: (to) => shape.schema(to),
    read(node, path, reading) {
      const out = shape.read(node, path, reading);
      if (out !== undefined) reading.later(node, path, async () => (reading.clean ? check(out, reading.world) : null));
      return out;
    },
  };
}
