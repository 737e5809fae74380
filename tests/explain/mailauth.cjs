// Judges messages with mailauth: one line of JSON in ({message, ip, helo, sender}), one line out (what it concludes).
const { Resolver } = require("node:dns").promises;
const readline = require("node:readline");
const { authenticate } = require(process.argv[2]);

const resolver = new Resolver({ timeout: 2000, tries: 1 });
resolver.setServers([process.argv[3]]);
const ask = (name, type) => resolver.resolve(name, type);

async function judge(line) {
  const { message, ...peer } = JSON.parse(line);
  const options = { ...peer, mta: "judge.example", resolver: ask, disableArc: true, disableBimi: true };
  const { dkim, spf, dmarc } = await authenticate(Buffer.from(message, "base64"), options);
  return {
    dkim: dkim.results.map((each) => each.status.result),
    spf: spf ? spf.status.result : "none",
    dmarc: dmarc ? dmarc.status.result : "none",
  };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await judge(line)) + "\n");
  }
})();
