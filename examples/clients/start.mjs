// Runs one of the clients: `npm start ky`.
// Never catches what it throws: that is what a user gets to see.
const [name] = process.argv.slice(2);
const { call } = await import(`./${name}.mjs`);
console.log(await call());
