/** Every file of unit tests that mutants are tried on: bundle.ts puts an import for each in here. */
export {};
