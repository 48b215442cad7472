/**
 * Is a value what a JSON Schema says, and of a size that a live check could have made? Knows the keywords that scripts/schema.ts writes,
 * and no others. A whole validator would be 276 kB more to install and 10 ms more to start (docs/architecture.md). Pure.
 */

export type Schema = { readonly [keyword: string]: unknown };

/** Null when the value fits; else one line that says where in it something is wrong. `path` begins with a dot where it isn't empty. */
export type Problem = (value: unknown, path: string) => string | null;

/** The longest text that is kept is the value of m.server, of which a body of 256 KiB may consist. Characters. */
const LONGEST_TEXT = 262_144;
/** More than fits into a DNS message, a certificate, or an answer of the homeserver. */
const LONGEST_LIST = 65_536;
/** From the year 0 to the end of 9999, beyond which no certificate can be dated (RFC 5280, 4.1.2.5). */
const TIMES = { first: Date.parse("0000-01-01T00:00:00Z"), last: Date.parse("9999-12-31T23:59:59.999Z") };

/** What `#/$defs/name` of a schema admits. */
export function schemaProblem(schema: Schema, name: string): Problem {
  const definitions = schema["$defs"] as Readonly<Record<string, Schema>>;
  const made = new Map<string, Problem>();

  function named(each: string): Problem {
    const known = made.get(each);
    if (known !== undefined) return known;
    // No keyword says it that every validator takes: "format" is unknown to strict ones.
    if (each === "Time") return time;
    // A type may contain itself.
    made.set(each, (value, path) => made.get(each)?.(value, path) ?? null);
    const problem = of(definitions[each] ?? unknown({ $ref: each }));
    made.set(each, problem);
    return problem;
  }

  function of(schema: Schema): Problem {
    const { $ref, anyOf, enum: words, type } = schema;
    if (typeof $ref === "string") return named($ref.slice("#/$defs/".length));
    if (Array.isArray(anyOf)) return union(anyOf as Schema[]);
    if (Array.isArray(words)) return oneOf(words);
    if ("const" in schema) return oneOf([schema["const"]]);
    if (Array.isArray(type)) return union(type.map((each) => ({ ...schema, type: each as string })));
    switch (type) {
      case "null":
        return (value, path) => (value === null ? null : wrong(path, "null"));
      case "boolean":
        return (value, path) => (typeof value === "boolean" ? null : wrong(path, "a boolean"));
      case "number":
      case "integer":
        return number(schema);
      case "string":
        return text(Number(schema["maxLength"] ?? LONGEST_TEXT));
      case "array":
        return list(of((schema["items"] ?? unknown(schema)) as Schema), Number(schema["minItems"] ?? 0));
      case "object":
        return object(schema);
      default:
        return unknown(schema);
    }
  }

  function object(schema: Schema): Problem {
    const { properties = {}, required = [], additionalProperties: others, maxProperties = LONGEST_LIST } = schema;
    const fields = Object.entries(properties as Record<string, Schema>).map(([name, each]) => [name, of(each)] as const);
    const needed = new Set(required as string[]);
    const other = typeof others === "object" ? of(others as Schema) : null;
    const most = Number(maxProperties);
    return (value, path) => {
      if (!isObject(value)) return wrong(path, "an object");
      for (const [name, problem] of fields) {
        if (value[name] === undefined && !needed.has(name)) continue;
        const found = problem(value[name], `${path}.${name}`);
        if (found !== null) return found;
      }
      if (other === null) return null;
      const entries = Object.entries(value);
      if (entries.length > most) return `${path.slice(1)} has more than ${most} fields`;
      return first(entries, ([name, each]) => other(each, `${path}.${name.slice(0, 100)}`));
    };
  }

  /** Null and one thing, or objects that are told apart by a field that each of them has with other values. */
  function union(members: readonly Schema[]): Problem {
    const all = members.flatMap(flat);
    const isNullable = all.some(({ type }) => type === "null");
    const others = all.filter(({ type }) => type !== "null");
    const areWords = others.every((each) => wordsOf(each).length > 0);
    const fits = others.length === 1 ? of(others[0] ?? {}) : areWords ? oneOf(others.flatMap(wordsOf)) : tagged(others);
    return (value, path) => (isNullable && value === null ? null : fits(value, path));
  }

  function flat(schema: Schema): Schema[] {
    const { $ref, anyOf } = schema;
    if (typeof $ref === "string") return flat(definitions[$ref.slice("#/$defs/".length)] ?? unknown(schema));
    return Array.isArray(anyOf) ? (anyOf as Schema[]).flatMap(flat) : [schema];
  }

  function tagged(variants: readonly Schema[]): Problem {
    const valuesOf = ({ properties }: Schema, name: string): unknown[] =>
      wordsOf((properties as Record<string, Schema> | undefined)?.[name] ?? {});
    const tag = Object.keys((variants[0]?.["properties"] as object | undefined) ?? {}).find((name) =>
      variants.every((variant) => valuesOf(variant, name).length > 0),
    );
    if (tag === undefined) return unknown({ anyOf: variants });
    const byValue = new Map(variants.flatMap((variant) => valuesOf(variant, tag).map((value) => [value, of(variant)] as const)));
    return (value, path) => {
      if (!isObject(value)) return wrong(path, "an object");
      const problem = byValue.get(value[tag]);
      return problem === undefined ? wrong(`${path}.${tag}`, `one of ${[...byValue.keys()].join(", ")}`) : problem(value, path);
    };
  }

  return named(name);
}

function wrong(path: string, wanted: string): string {
  return `${path === "" ? "it" : path.slice(1)} is not ${wanted}`;
}

/** The values of a schema that lists them. */
function wordsOf(schema: Schema): unknown[] {
  return "const" in schema ? [schema["const"]] : ((schema["enum"] as unknown[] | undefined) ?? []);
}

function oneOf(words: readonly unknown[]): Problem {
  return (value, path) =>
    words.includes(value) ? null : wrong(path, words.length === 1 ? String(words[0]) : `one of ${words.join(", ")}`);
}

function number({ type, minimum, maximum }: Schema): Problem {
  const least = Number(minimum ?? -Number.MAX_SAFE_INTEGER);
  const most = Number(maximum ?? Number.MAX_SAFE_INTEGER);
  const whole = type === "integer";
  return (value, path) => {
    if (typeof value !== "number" || !Number.isFinite(value)) return wrong(path, "a number");
    if (whole && (!Number.isInteger(value) || value < least || value > most)) return wrong(path, `a whole number from ${least} to ${most}`);
    return value > most ? `${path.slice(1)} is too large a number` : value < least ? `${path.slice(1)} is too small a number` : null;
  };
}

function text(most: number): Problem {
  return (value, path) => {
    if (typeof value !== "string") return wrong(path, "a string");
    return value.length <= most ? null : `${path.slice(1)} is longer than ${most} characters`;
  };
}

const time: Problem = (value, path) => {
  const at = typeof value === "string" && value.length <= 40 ? Date.parse(value) : NaN;
  return at >= TIMES.first && at <= TIMES.last ? null : wrong(path, "a time (ISO 8601)");
};

function list(item: Problem, least: number): Problem {
  return (value, path) => {
    if (!Array.isArray(value) || value.length < least) return wrong(path, least > 0 ? "a filled array" : "an array");
    if (value.length > LONGEST_LIST) return `${path.slice(1)} has more than ${LONGEST_LIST} entries`;
    return first(value.entries(), ([index, each]) => item(each, `${path}[${index}]`));
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function first<T>(entries: Iterable<T>, find: (entry: T) => string | null): string | null {
  for (const entry of entries) {
    const found = find(entry);
    if (found !== null) return found;
  }
  return null;
}

function unknown(schema: Schema): never {
  throw new Error(`facts/schema-problem.ts doesn't know what ${JSON.stringify(schema).slice(0, 200)} means`);
}
