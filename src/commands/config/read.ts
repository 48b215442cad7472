/** The bytes of the configuration file → what it says, or every mistake in it with its place. */
import { harmless } from "../../report/harmless.ts";
import { ManyMistakes } from "../usage.ts";
import { type Config, configShape } from "./file-shape.ts";
import { locator, NotJson, parseJson } from "./json-tree.ts";
import { MAX_MISTAKES, type Place, Reading, type World } from "./reading.ts";

/** A megabyte of server names is some other file. */
export const MAX_CONFIG = 1_048_576;

/**
 * @param file As it is called in messages.
 * @throws ManyMistakes with a line for each mistake, ten at most
 */
export async function readConfig(bytes: Uint8Array, file: string, world: World): Promise<Config> {
  const shown = harmless(file, 200);
  const text = decoded(bytes, shown);
  const locate = locator(text);
  const reading = new Reading(world, locate);
  const config = configShape.read(treeOf(text, shown), "", reading);
  const { mistakes, more } = await reading.mistakes();
  if (mistakes.length > 0 || config === undefined) {
    const lines = mistakes.map(({ problem, ...place }) => `${said(file, place)}: ${problem}`);
    throw new ManyMistakes(more > 0 ? [...lines, `${shown}: there are more mistakes than these ${MAX_MISTAKES}`] : lines);
  }
  return config;

  function treeOf(json: string, name: string): ReturnType<typeof parseJson> {
    try {
      return parseJson(json);
    } catch (error) {
      if (!(error instanceof NotJson)) throw error;
      const { line, column } = locate(error.offset);
      throw new ManyMistakes([`${name}:${line}:${column}: ${error.message}`]);
    }
  }
}

/** `matrix-delegation-check.json:7:12: servers[1].expect.via` */
export function said(file: string, { path, line, column }: Place): string {
  return `${harmless(file, 200)}:${line}:${column}${path === "" ? "" : `: ${path}`}`;
}

function decoded(bytes: Uint8Array, shown: string): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new ManyMistakes([`${shown}: it is UTF-16: save it as UTF-8`]);
  try {
    // Takes the byte order mark away.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ManyMistakes([`${shown}: it is not UTF-8: save it as UTF-8`]);
  }
}
