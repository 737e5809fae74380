// Verifies DKIM signatures with mailauth: one line of JSON in ({message, dns}), one line out (the signatures).
const { Resolver } = require("node:dns").promises;
const readline = require("node:readline");
const { dkimVerify } = require(process.argv[2]);

async function verify({ message, dns }) {
  const resolver = new Resolver({ timeout: 2000, tries: 1 });
  resolver.setServers([dns]);
  const ask = (name, type) => resolver.resolve(name, type);
  const { results } = await dkimVerify(Buffer.from(message, "base64"), { resolver: ask });
  return results.map((found) => ({ domain: found.signingDomain, result: found.status.result }));
}

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  process.stdout.write(JSON.stringify(await verify(JSON.parse(line))) + "\n");
});
