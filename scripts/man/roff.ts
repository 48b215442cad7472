/**
 * Text as man(7) wants it. Libraries that make manual pages start from Markdown, which has no tagged paragraphs: options would become
 * bullets, and what they print doesn't pass mandoc's lint (marked-man 2.1, remark-man 9).
 */

/** groff_char(7): these have to be written so, in order to come out as what they are and be found by a search for them. */
const WRITTEN: Readonly<Record<string, string>> = {
  "\\": "\\(rs",
  "-": "\\-",
  "'": "\\(aq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
  '"': "\\(dq",
  "\u00A0": "\\ ",
};

export function escaped(text: string): string {
  const plain = text.replace(
    /[\\\-'`^~"]|[^\n -~]/gu,
    (character) => WRITTEN[character] ?? `\\[u${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0") ?? ""}]`,
  );
  // A line that begins so would be a request; "'" is written otherwise already.
  return plain.replace(/^\./gm, "\\&.");
}

export function bold(text: string): string {
  return `\\fB${escaped(text)}\\fR`;
}

export function italic(text: string): string {
  return `\\fI${escaped(text)}\\fR`;
}

/** With the options in it in bold. */
export function prose(text: string): string {
  const parts = text.split(/((?<![\w.-])--?[a-zA-Z\d][\w-]*)/);
  return parts
    .map((part, index) => (index % 2 === 1 ? bold(part) : escaped(part)))
    .join("")
    .replace(/^\./gm, "\\&.");
}

/**
 * `[options] [code] --to <host[:port]> <server-name...>`: what is to be written as it stands is bold, what stands for something else is
 * italic.
 */
export function usage(text: string): string {
  return text
    .replace(/\[--[^\]]*\]/g, (option) => option.replaceAll(" ", "\u00A0")) // stays on one line
    .split(/(<.*?>(?=[\s\]]|$)|\[[a-z]+\]|[\w-]+)/)
    .map((part, index) => {
      if (index % 2 === 0) return escaped(part);
      if (part.startsWith("[")) return `[${italic(part.slice(1, -1))}]`;
      const variable = /^<(.*?)(\.\.\.)?>$/.exec(part);
      if (variable === null) return bold(part);
      // Words to choose from.
      if (variable[1]?.includes("|") === true) return variable[1].split("|").map(bold).join("|");
      return italic(variable[1] ?? "") + escaped(variable[2] ?? "");
    })
    .join("");
}

export function section(title: string, ...body: string[]): string {
  // The title begins a paragraph already.
  return `.SH ${escaped(title)}\n${body.join("\n").replace(/^\.PP\n/, "")}`;
}

/** A tagged paragraph: `tag` as it is printed, `text` without an empty line in it. */
export function tagged(tag: string, text: string): string {
  return `.TP\n${tag}\n${text}`;
}

export function paragraph(text: string): string {
  return `.PP\n${text}`;
}

export function indented(...body: string[]): string {
  return `.RS\n${body.join("\n")}\n.RE`;
}

/** Lines that stay as they are, beside each other. */
export function literal(lines: readonly string[]): string {
  const indent = Math.min(...lines.map((line) => line.search(/\S/)));
  return `.PP\n.nf\n${lines.map((line) => escaped(line.slice(indent))).join("\n")}\n.fi`;
}

/** What 80 columns have room for beside the margin. */
const WIDTH = 73;

/** A command, which a shell reads as the same one when it is on several lines. An option stays with its value. */
export function command(text: string): string {
  if (text.length <= WIDTH) return literal([text]);
  const [first = "", ...others] = text.match(/(?:--?\S+ (?!-))?\S+/g) ?? [];
  const lines = [first];
  for (const words of others) {
    const longer = `${lines.at(-1) ?? ""} ${words}`;
    // There must be room for " \".
    if (longer.length <= WIDTH - 2) lines.splice(-1, 1, longer);
    else lines.push(`    ${words}`);
  }
  return literal(lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line)));
}

/** It may be broken behind each slash. */
export function link(url: string, text: string): string {
  return `.UR ${escaped(url).replaceAll("/", "/\\:")}\n${escaped(text)}\n.UE`;
}
