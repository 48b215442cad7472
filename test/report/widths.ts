/** What may be wider than the terminal: what somebody would paste stands alone on its line, unbroken. */
import { displayWidth } from "../../src/report/harmless.ts";

const URL_OR_JSON = /^\W*(?:\S*https?:\/\/\S+|\{".*\}\S*)$/;
const COMMAND = /^ {4,}matrix-delegation-check explain /;

export function keepsTo(width: number, line: string): boolean {
  return displayWidth(line) <= width || URL_OR_JSON.test(line) || COMMAND.test(line);
}
