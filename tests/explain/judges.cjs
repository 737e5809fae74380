// Judges messages with mailauth, and their signatures with haraka-plugin-dkim: one line of JSON in ({message, ip, helo,
// sender}), one line out (what they conclude).
const dns = require("node:dns");
const readline = require("node:readline");
const [, , mailauth, server, haraka] = process.argv;
const { authenticate } = require(mailauth);
const { DKIMVerifyStream } = haraka ? require(haraka) : {};

console.debug = () => {};
const resolver = new dns.promises.Resolver({ timeout: 2000, tries: 1 });
resolver.setServers([server]);
const answers = new Map(); // each question is asked once
function ask(name, type) {
  const question = `${name} ${type}`;
  if (!answers.has(question)) answers.set(question, resolver.resolve(name, type));
  return answers.get(question);
}
dns.promises.resolveTxt = (name) => ask(name, "TXT");

async function byMailauth(message, peer) {
  const options = { ...peer, mta: "judge.example", resolver: ask, disableArc: true, disableBimi: true };
  const { dkim, spf, dmarc } = await authenticate(message, options);
  return {
    dkim: dkim.results.filter((each) => each.status.result === "pass").length,
    spf: spf ? spf.status.result : "none",
    dmarc: dmarc ? dmarc.status.result : "none",
  };
}

function byHaraka(message) {
  return new Promise((resolve) => {
    const stream = new DKIMVerifyStream({ timeout: 2 }, (error, _, results) => {
      resolve(error ? 0 : results.filter((each) => each.result === "pass").length);
    });
    stream.end(message);
  });
}

async function judge(line) {
  const { message, ...peer } = JSON.parse(line);
  const bytes = Buffer.from(message, "base64");
  const [byBoth, bySecond] = await Promise.all([byMailauth(bytes, peer), haraka ? byHaraka(bytes) : 0]);
  return JSON.stringify({ mailauth: byBoth, haraka: bySecond });
}

(async () => {
  const judged = [];
  for await (const line of readline.createInterface({ input: process.stdin })) judged.push(judge(line));
  for (const line of judged) process.stdout.write((await line) + "\n");
})();
