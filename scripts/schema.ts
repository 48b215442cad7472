/**
 * Generates the JSON Schemas (2020-12): schema/config.schema.json from what reads the configuration file, and schema/output.schema.json
 * from the types of src/facts/output.ts and whatever it imports.
 *
 *     npx tsx scripts/schema.ts            writes the files
 *     npx tsx scripts/schema.ts --check    exit 1 when one is out of date
 *
 * Of the types it reads the syntax only. Knows what these types are written with, and stops at anything else: interfaces (also generic
 * ones, each use becomes a definition of its own), unions, literals, arrays, tuples, Record, optional members, null, imported types, doc
 * comments, and in these the keywords that a type has no word for (`@maximum 65535`).
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import ts from "typescript";
import { configShape } from "../src/commands/config/file-shape.ts";
import { rules } from "../src/rules/registry.ts";

export type Schema = { [keyword: string]: unknown };

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;
/** What the type parameters of the declaration at hand stand for. */
type Scope = ReadonlyMap<string, Schema>;

const SOURCE = fileURLToPath(new URL("../src/facts/output.ts", import.meta.url));
export const SCHEMA_FILE = fileURLToPath(new URL("../schema/output.schema.json", import.meta.url));

export const CONFIG_SCHEMA_FILE = fileURLToPath(new URL("../schema/config.schema.json", import.meta.url));

/** The schema of matrix-delegation-check.json. */
export function configSchema(): Schema {
  const $defs = {};
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:matrix-delegation-check:config:1",
    title: "Configuration of matrix-delegation-check",
    description:
      "matrix-delegation-check.json in the working directory, or the file that --config names. What is given on the command line wins.",
    ...configShape.schema({ codes: rules.map((rule) => rule.code), $defs }),
    $defs,
  };
}

/** The schema of `Output`, with every other type, `Report` and `WatchEvent` among them, under `$defs`. */
export function outputSchema(): Schema {
  const generator = new Generator(declarationsOf(SOURCE));
  const output = generator.reference("Output", []);
  generator.reference("WatchEvent", []);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "urn:matrix-delegation-check:output:1",
    title: "Output of matrix-delegation-check",
    description:
      "What --format json prints. One line of --format ndjson is #/$defs/Report, with --watch #/$defs/WatchEvent. Fields are added, never changed, within a schemaVersion.",
    ...output,
    $defs: generator.definitions(),
  };
}

/** The text of the output's schema file. */
export function schemaText(): string {
  return textOf(outputSchema());
}

/** The text of the configuration's schema file. */
export function configSchemaText(): string {
  return textOf(configSchema());
}

function textOf(schema: Schema): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** All interfaces and type aliases of a file and of what it imports by relative path, by name. */
function declarationsOf(file: string, found = new Map<string, Declaration>(), seen = new Set<string>()): Map<string, Declaration> {
  if (seen.has(file)) return found;
  seen.add(file);
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.ES2023, true);
  for (const statement of source.statements) {
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement)) {
      const name = statement.name.text;
      if (found.has(name)) throw new Error(`Two types are called ${name}`);
      found.set(name, statement);
    } else if (
      (ts.isImportDeclaration(statement) || ts.isExportDeclaration(statement)) &&
      statement.moduleSpecifier !== undefined &&
      ts.isStringLiteral(statement.moduleSpecifier) &&
      statement.moduleSpecifier.text.startsWith(".")
    ) {
      declarationsOf(resolve(dirname(file), statement.moduleSpecifier.text), found, seen);
    }
  }
  return found;
}

class Generator {
  readonly #declarations: ReadonlyMap<string, Declaration>;
  readonly #definitions = new Map<string, Schema>();

  constructor(declarations: ReadonlyMap<string, Declaration>) {
    this.#declarations = declarations;
  }

  /** Everything that was referred to, by name. */
  definitions(): Schema {
    return Object.fromEntries([...this.#definitions].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** `{ $ref }` to a named type; the definition is made on first use. */
  reference(name: string, typeArguments: readonly Schema[]): Schema {
    const declaration = this.#declarations.get(name);
    if (declaration === undefined) throw new Error(`No type is called ${name}`);
    const parameters = declaration.typeParameters ?? [];
    if (parameters.length !== typeArguments.length) throw new Error(`${name} has ${parameters.length} type parameters`);
    const scope: Scope = new Map(parameters.map((parameter, index) => [parameter.name.text, typeArguments[index] ?? {}]));
    const names = typeArguments.map(nameOfReference);
    // A type argument without a name gives the whole no name either.
    if (names.includes(null)) return this.#define(declaration, scope);
    const key = [name, ...names].join("_");
    if (!this.#definitions.has(key)) {
      this.#definitions.set(key, {}); // for types that contain themselves
      this.#definitions.set(key, this.#define(declaration, scope));
    }
    return { $ref: `#/$defs/${key}` };
  }

  #define(declaration: Declaration, scope: Scope): Schema {
    if (ts.isTypeAliasDeclaration(declaration)) return described(declaration, this.#type(declaration.type, scope));
    if (declaration.heritageClauses === undefined) return described(declaration, this.#object(declaration.members, scope));
    const parents = declaration.heritageClauses
      .flatMap((clause) => clause.types)
      .flatMap((parent) => {
        const parentDeclaration = this.#declarations.get(parent.expression.getText());
        if (parentDeclaration === undefined || !ts.isInterfaceDeclaration(parentDeclaration)) throw unknown(parent);
        return [...parentDeclaration.members];
      });
    return described(declaration, this.#object([...parents, ...declaration.members], scope));
  }

  #object(members: readonly ts.TypeElement[], scope: Scope): Schema {
    const properties: Schema = {};
    const required: string[] = [];
    for (const member of members) {
      if (!ts.isPropertySignature(member) || member.type === undefined) throw unknown(member);
      if (!ts.isIdentifier(member.name) && !ts.isStringLiteral(member.name)) throw unknown(member);
      const name = member.name.text;
      properties[name] = described(member, this.#type(member.type, scope));
      if (member.questionToken === undefined) required.push(name);
    }
    return { type: "object", properties, ...(required.length > 0 ? { required } : {}), additionalProperties: true };
  }

  #type(node: ts.TypeNode, scope: Scope): Schema {
    if (ts.isParenthesizedTypeNode(node)) return this.#type(node.type, scope);
    if (ts.isUnionTypeNode(node)) return this.#union(node, scope);
    if (ts.isLiteralTypeNode(node)) return literal(node);
    if (ts.isTypeLiteralNode(node)) return this.#object([...node.members], scope);
    if (ts.isArrayTypeNode(node)) return { type: "array", items: this.#type(node.elementType, scope) };
    if (ts.isTupleTypeNode(node)) return this.#tuple(node, scope);
    if (ts.isTypeReferenceNode(node)) return this.#named(node, scope);
    if (node.kind === ts.SyntaxKind.StringKeyword) return { type: "string" };
    if (node.kind === ts.SyntaxKind.NumberKeyword) return { type: "number" };
    if (node.kind === ts.SyntaxKind.BooleanKeyword) return { type: "boolean" };
    throw unknown(node);
  }

  #named(node: ts.TypeReferenceNode, scope: Scope): Schema {
    const name = node.typeName.getText();
    const given = scope.get(name);
    if (given !== undefined) return given;
    const typeArguments = node.typeArguments ?? ts.factory.createNodeArray<ts.TypeNode>();
    if (name === "Record") return this.#record(node, typeArguments, scope);
    return this.reference(
      name,
      typeArguments.map((argument) => this.#type(argument, scope)),
    );
  }

  /** Over literals: these members. Over string: any members. */
  #record(node: ts.TypeNode, [key, value]: readonly ts.TypeNode[], scope: Scope): Schema {
    if (key === undefined || value === undefined) throw unknown(node);
    const keys = this.#resolved(this.#type(key, scope));
    const values = this.#type(value, scope);
    if (Array.isArray(keys["enum"])) {
      const names = keys["enum"].map(String);
      const properties = Object.fromEntries(names.map((name) => [name, values]));
      return { type: "object", properties, required: names, additionalProperties: true };
    }
    if (keys["type"] !== "string") throw unknown(node);
    return { type: "object", additionalProperties: values };
  }

  #resolved(schema: Schema): Schema {
    const name = nameOfReference(schema);
    return (name === null ? undefined : this.#definitions.get(name)) ?? schema;
  }

  /** `[A, B]`, and `[A, ...A[]]`: one or more. */
  #tuple(node: ts.TupleTypeNode, scope: Scope): Schema {
    const last = node.elements.at(-1);
    if (last === undefined || !ts.isRestTypeNode(last)) {
      const prefixItems = node.elements.map((element) => this.#type(element, scope));
      return { type: "array", prefixItems, items: false, minItems: prefixItems.length, maxItems: prefixItems.length };
    }
    const rest = this.#type(last.type, scope);
    const first = node.elements.slice(0, -1).map((element) => this.#type(element, scope));
    if (first.some((schema) => JSON.stringify(schema) !== JSON.stringify(rest["items"]))) throw unknown(node);
    return { ...rest, minItems: first.length };
  }

  #union(node: ts.UnionTypeNode, scope: Scope): Schema {
    const members = node.types.map((member, index) => {
      const before = index === 0 ? node.pos : (node.types[index - 1]?.end ?? node.pos);
      return withDescription(docBetween(node.getSourceFile(), before, member.getStart()), this.#type(member, scope));
    });
    const literals = members.filter((member) => "const" in member);
    if (literals.length === members.length) {
      const types = [...new Set(members.map((member) => member["type"]))];
      if (types.length === 1) return { type: types[0], enum: members.map((member) => member["const"]) };
    }
    const [only, nothing] = members;
    const simple = only !== undefined && members.length === 2 && nothing?.["type"] === "null" && typeof only["type"] === "string";
    // Null beside one plain type, as most are: `type` as a list is shorter than `anyOf`.
    if (simple && !("const" in only)) return { ...only, type: [only["type"], "null"] };
    return { anyOf: members };
  }
}

function literal(node: ts.LiteralTypeNode): Schema {
  const value = node.literal;
  if (value.kind === ts.SyntaxKind.NullKeyword) return { type: "null" };
  if (value.kind === ts.SyntaxKind.TrueKeyword) return { type: "boolean", const: true };
  if (value.kind === ts.SyntaxKind.FalseKeyword) return { type: "boolean", const: false };
  if (ts.isStringLiteral(value)) return { type: "string", const: value.text };
  if (ts.isNumericLiteral(value)) return { type: "number", const: Number(value.text) };
  throw unknown(node);
}

function nameOfReference(schema: Schema): string | null {
  const reference = schema["$ref"];
  return typeof reference === "string" ? reference.slice("#/$defs/".length) : null;
}

function described(node: ts.Declaration, schema: Schema): Schema {
  const source = node.getSourceFile();
  return withDescription(docBetween(source, node.getFullStart(), node.getStart(source)), schema);
}

function withDescription(doc: Doc | null, schema: Schema): Schema {
  if (doc === null) return schema;
  return { ...(doc.description === "" ? {} : { description: doc.description }), ...schema, ...doc.keywords };
}

interface Doc {
  /** One line. */
  description: string;
  keywords: Schema;
}

/** What no type says, and a doc comment may: `@maximum 65535`. */
const KEYWORDS: Readonly<Record<string, (value: string) => unknown>> = {
  type: String,
  minimum: Number,
  maximum: Number,
  maxLength: Number,
  maxProperties: Number,
};

/** The last doc comment in a stretch of source. */
function docBetween(source: ts.SourceFile, start: number, end: number): Doc | null {
  const comment = source.text
    .slice(start, end)
    .match(/\/\*\*[\s\S]*?\*\//g)
    ?.at(-1);
  if (comment === undefined) return null;
  const lines = comment
    .slice(3, -2)
    .split("\n")
    .map((line) => line.replace(/^\s*\*/, "").trim());
  const tags = lines.flatMap((line) => /^@(\w+) (.*)$/.exec(line)?.slice(1) ?? []);
  const keywords: Schema = {};
  for (let index = 0; index < tags.length; index += 2) {
    const [keyword = "", value = ""] = tags.slice(index, index + 2);
    const read = KEYWORDS[keyword];
    if (read === undefined) throw new Error(`scripts/schema.ts doesn't know @${keyword}`);
    keywords[keyword] = read(value);
  }
  const description = lines
    .filter((line) => !line.startsWith("@"))
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
  return { description, keywords };
}

function unknown(node: ts.Node): Error {
  const source = node.getSourceFile();
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  return new Error(`${source.fileName}:${line + 1}: scripts/schema.ts doesn't know how to describe ${node.getText(source)}`);
}

function main(mode: string | undefined): void {
  for (const [file, text] of [
    [SCHEMA_FILE, schemaText()],
    [CONFIG_SCHEMA_FILE, configSchemaText()],
  ] as const) {
    if (mode !== "--check") writeFileSync(file, text);
    else if (!isPresent(file, text)) {
      process.stderr.write(`schema/${basename(file)} is out of date: npx tsx scripts/schema.ts\n`);
      process.exitCode = 1;
    }
  }
}

function isPresent(file: string, text: string): boolean {
  try {
    return readFileSync(file, "utf8") === text;
  } catch {
    // Not there: out of date as well.
    return false;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv[2]);
