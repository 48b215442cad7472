// Whether this Node.js can run the program. Nothing here is newer than Node 6, or what is to be refused couldn't read it.
"use strict";

/** Null, or the line that refuses a Node.js older than "engines" in package.json. */
module.exports = function () {
  const wanted = /\d+(?:\.\d+)*/.exec(require("../package.json").engines.node)[0];
  const have = process.versions.node;
  return isOlder(have, wanted)
    ? "matrix-delegation-check needs Node.js " + wanted + " or newer, and this is Node.js " + have + " (" + process.execPath + ")"
    : null;
};

function isOlder(one, other) {
  const parts = one.split(".").map(Number);
  const otherParts = other.split(".").map(Number);
  for (let index = 0; index < otherParts.length; index++) {
    const part = parts[index] || 0; // a nightly's "24.0.0-nightly" has no number at the end
    if (part !== otherParts[index]) return part < otherParts[index];
  }
  return false;
}
