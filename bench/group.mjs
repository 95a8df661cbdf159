// Runs one group in the current runtime and prints the results as the last line.
const [name, ...flags] = process.argv.slice(2);
const { run } = await import(`./groups/${name}.mjs`);
const scenarios = await run({
  quick: flags.includes('--quick'),
  budgetsOnly: flags.includes('--budgets-only'),
});
process.stdout.write(`\n${JSON.stringify(scenarios)}\n`, () => process.exit());
