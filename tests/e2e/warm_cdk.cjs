"use strict";
// The CDK's command line, loaded once and run once for each line on standard input: {args, env, cwd}.
// Answers with lines of [number of a stream, text], and [0, exit code] where a process of its own would have ended.
const fs = require("node:fs");

const { cli } = require(process.argv[2]);
let atWork = false;
let request = "";

const answer = (...frame) => fs.writeSync(1, `${JSON.stringify(frame)}\n`);

for (const [number, stream] of [process.stdout, process.stderr].entries()) {
  stream.write = (text, encoding, done) => {
    answer(number + 1, Buffer.from(text).toString());
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback) process.nextTick(callback);
    return true;
  };
}

process.stdin.setEncoding("utf8").on("data", (text) => {
  request += text;
  if (!request.endsWith("\n")) return;
  const { args, env, cwd } = JSON.parse(request);
  request = "";
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.exitCode = undefined;
  process.argv.splice(1, Infinity, "cdk", ...args);
  atWork = true;
  process.stdin.unref();
  cli(args);
});

// Nothing is left to do: here `cdk` ends.
process.on("beforeExit", () => {
  if (!atWork) return;
  atWork = false;
  process.stdin.ref();
  answer(0, process.exitCode ?? 0);
});
