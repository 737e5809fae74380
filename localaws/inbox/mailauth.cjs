// Judges mail with mailauth: one line of JSON in ({message, ip, helo, sender, mta}), one line out ({headers}).
const { Resolver } = require("node:dns").promises;
const readline = require("node:readline");
const { authenticate } = require(process.argv[2]);

const resolver = new Resolver({ timeout: 2000, tries: 1 });
resolver.setServers([process.argv[3]]);
const ask = (name, type) => resolver.resolve(name, type);

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const { message, ...peer } = JSON.parse(line);
  const options = { ...peer, resolver: ask, disableArc: true, disableBimi: true };
  const { headers } = await authenticate(Buffer.from(message, "base64"), options);
  process.stdout.write(JSON.stringify({ headers }) + "\n");
});
