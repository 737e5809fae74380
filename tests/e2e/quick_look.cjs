"use strict";
// The CDK looks every five seconds whether CloudFormation is done; here it does so every tenth of one.
const { setTimeout } = globalThis;
const wait = (then, pause, ...rest) => setTimeout(then, pause === 5000 ? 100 : pause, ...rest);
globalThis.setTimeout = Object.assign(wait, setTimeout);
