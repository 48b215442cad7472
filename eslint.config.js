// The house's walls (a file imports only from floors below its own) and the rules that types can't express.
import tseslint from "typescript-eslint";

/** For files of one floor: what they may not import, and why. */
const wall = (files, forbidden, message) => ({
  files,
  rules: { "@typescript-eslint/no-restricted-imports": ["error", { patterns: [{ regex: forbidden, message }] }] },
});

const NETWORK = "^(node:)?(net|tls|dns|dgram|http|https|http2)(/|$)|^undici$";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "coverage/", ".tmp/"] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ["eslint.config.js", "bin/*.js", "examples/*.js"] }, tsconfigRootDir: import.meta.dirname } },
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
    },
  },
  {
    files: ["src/**"],
    rules: {
      "no-console": "error",
      "@typescript-eslint/no-non-null-assertion": "error",
      "no-restricted-properties": ["error", { object: "process", property: "exit", message: "Set process.exitCode: piped output must not be cut." }],
    },
  },
  {
    files: ["src/**"],
    ignores: ["src/commands/**"],
    rules: {
      "no-restricted-globals": ["error", { name: "process", message: "Only commands/ knows the process." }],
      "no-restricted-properties": ["error", { object: "Date", property: "now", message: "Time comes from Io, or from the facts." }, { object: "process", property: "exit" }],
    },
  },
  { files: ["src/net/**"], rules: { "no-restricted-properties": "off" } },
  wall(["src/{facts,output,dns-outcome,certificate}.ts"], `${NETWORK}|/(commands|report|rules|resolver|probe|net|matrix|check|observe)(/|\\.ts$)`, "The lowest floor imports nothing from above."),
  wall(["src/matrix/**"], `${NETWORK}|/(commands|report|rules|resolver|probe|net|check|observe)(/|\\.ts$)`, "matrix/ is pure and stands below the network."),
  wall(["src/advice/**"], `${NETWORK}|/(commands|report|rules|resolver|probe|net|check|observe)(/|\\.ts$)`, "advice/ is pure."),
  wall(["src/zone/**"], `${NETWORK}|/(commands|report|rules|resolver|probe|matrix|advice|check|observe)(/|\\.ts$)`, "zone/ is pure: it reads zone files."),
  wall(["src/net/**"], "/(commands|report|rules|resolver|probe|matrix|advice|check|observe)(/|\\.ts$)", "net/ has no idea what Matrix is."),
  wall(["src/probe/**"], "/(commands|report|rules|resolver|check|observe)(/|\\.ts$)|^undici$", "probe/ imports only from floors below."),
  wall(["src/resolver/**"], "/(commands|report|rules|probe|check|observe)(/|\\.ts$)|^undici$", "resolver/ imports only from floors below."),
  wall(["src/rules/**"], `${NETWORK}|/(commands|report|resolver|probe|net|check|observe)(/|\\.ts$)`, "A rule is a pure function of the facts."),
  wall(["src/report/**"], `${NETWORK}|/(commands|resolver|probe|net|check|observe)(/|\\.ts$)`, "report/ only shows."),
  wall(["src/commands/**"], "/(resolver|probe|net)/", "commands/ calls check.ts, not what lies below it."),
  {
    files: ["src/**"],
    ignores: ["src/commands/**"],
    rules: { "no-restricted-imports": ["error", { paths: ["commander", "ora", { name: "chalk", message: "The renderers get their chalk from commands/.", allowTypeImports: true }] }] },
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
  { files: ["bin/*.js"], rules: { "@typescript-eslint/no-require-imports": "off" } }, // CommonJS
);
