/** What the program is called, in the package and on the command line. */
export const PROGRAM = "matrix-delegation-check";
