// The house's walls (docs/architecture.md) and the rules that types can't express.
import { readdirSync } from "node:fs";
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";

/** The rooms of src/, and from which other rooms each may import: a file imports only from floors below its own. */
const ROOMS = {
  facts: [],
  matrix: ["facts"],
  zone: ["facts"],
  net: ["facts", "zone"],
  views: ["facts", "matrix"],
  advice: ["facts", "matrix", "views"],
  homeservers: ["facts", "matrix", "views"],
  rules: ["facts", "matrix", "views", "homeservers", "advice"],
  observe: ["facts", "matrix", "views", "net"],
  wait: ["facts", "matrix", "views", "net", "observe"],
  redact: ["facts", "matrix", "views"],
  report: ["facts", "matrix", "views"],
  serve: ["facts", "matrix", "views", "report"],
  commands: ["facts", "matrix", "zone", "views", "advice", "rules", "report", "serve"],
};
/** Above all rooms but these two stands the story, which is told at the root of src/. */
const STORY = [
  "index",
  "redacted",
  "check",
  "check-many",
  "judge-facts",
  "facts-problem",
  "zone-files",
  "before-and-after",
  "library-options",
  "tool",
];
const ABOVE_THE_STORY = ["serve", "commands"];
/** Files of net/ that know no socket. */
const COMMANDS_TOO = ["net/run-all", "net/pem", "net/abort"];
/** Judging and showing do no I/O. */
const PURE = ["facts", "matrix", "zone", "views", "advice", "homeservers", "rules", "redact", "report"];
const NETWORK = "^(node:)?(net|tls|dns|dgram|http|https|http2)(/|$)|^undici$";

/** What the files of a room may not import, and why. */
const walls = Object.entries(ROOMS).map(([room, below]) => {
  const others = Object.keys(ROOMS).filter((each) => each !== room && !below.includes(each));
  const unless = room === "commands" ? `(?!(${COMMANDS_TOO.join("|")})\\.ts$)` : "";
  const patterns = [
    { regex: `^(\\.\\./)+${unless}(${others.join("|")})/`, message: `src/${room}/ imports only from: ${[room, ...below].join(", ")}.` },
    ...(ABOVE_THE_STORY.includes(room)
      ? []
      : [{ regex: `^(\\.\\./)+(${STORY.join("|")})\\.ts$`, message: "The story stands above this room." }]),
    ...(PURE.includes(room) ? [{ regex: NETWORK, message: `src/${room}/ does no I/O.` }] : []),
  ];
  return { files: [`src/${room}/**`], rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns }] } };
});

/** Every file stands in a room. */
const homeless = readdirSync(new URL("src/", import.meta.url)).filter(
  (name) => !Object.hasOwn(ROOMS, name) && !STORY.includes(name.replace(/\.ts$/, "")),
);
if (homeless.length > 0) throw new Error(`src/${homeless[0]} is in no room: eslint.config.js and docs/architecture.md say which there are`);

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "coverage/", ".tmp/"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["eslint.config.js", "bin/*.js", "examples/*.js"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-meaningless-void-operator": "off",
      // Text from outside is taken apart by code points on purpose.
      "@typescript-eslint/no-misused-spread": "off",
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // The narrowing that it relies on ends at every await and callback, where other code has its turn.
      "@typescript-eslint/no-unnecessary-condition": "off",
      eqeqeq: ["error", "always", { null: "ignore" }],
      // Prettier breaks code; what it can't break is text that is shown as it stands.
      "max-len": ["error", { code: 140, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true, ignoreUrls: true }],
    },
  },
  {
    files: ["src/**"],
    rules: {
      "no-console": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "no-restricted-properties": [
        "error",
        { object: "process", property: "exit", message: "Set process.exitCode: piped output must not be cut." },
      ],
    },
  },
  {
    files: ["src/**"],
    ignores: ["src/commands/**"],
    rules: {
      "no-restricted-globals": ["error", { name: "process", message: "Only commands/ knows the process." }],
      "no-restricted-imports": [
        "error",
        {
          paths: ["commander", "ora", { name: "chalk", message: "The renderers get their chalk from commands/.", allowTypeImports: true }],
        },
      ],
      "no-restricted-properties": [
        "error",
        { object: "Date", property: "now", message: "Time comes from Io, or from the facts." },
        { object: "process", property: "exit" },
      ],
    },
  },
  { files: ["src/net/**"], rules: { "no-restricted-properties": "off" } },
  {
    // Text from outside may be made to keep a pattern busy for as long as the square of its length.
    files: ["src/**", "bin/**"],
    plugins: { regexp },
    rules: { "regexp/no-super-linear-backtracking": ["error", { report: "potential" }], "regexp/no-super-linear-move": "error" },
  },
  ...walls,
  {
    files: ["src/observe/**", "src/wait/**"],
    rules: { "no-restricted-imports": ["error", { paths: ["undici", "commander", "ora", "chalk"] }] },
  },
  {
    files: ["test/**", "scripts/**"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-floating-promises": "off",
      // What a test asserts is often what the types already promise, and handlers are async or not as their table demands.
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-dynamic-delete": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
    },
  },
  { files: ["**/*.js"], extends: [tseslint.configs.disableTypeChecked] },
  // CommonJS starts faster.
  { files: ["bin/*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } },
);
