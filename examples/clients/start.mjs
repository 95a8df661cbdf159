// Runs one of the clients: `npm start ky`.
const [name] = process.argv.slice(2);
const { call } = await import(`./${name}.mjs`);
console.log(await call());
