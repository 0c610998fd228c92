// Handlers of functions in Node.js, as CommonJS.
"use strict";

let calls = 0;

exports.same = async (event) => event;
exports.count = async () => (calls += 1);
exports.callback = (event, context, callback) => setTimeout(() => callback(null, { back: event }), 1);
exports.callbackError = (event, context, callback) => callback("out of stock");
exports.silent = () => undefined;
exports.context = async (event, context) => ({
  name: context.functionName,
  arn: context.invokedFunctionArn,
  id: context.awsRequestId,
  client: context.clientContext,
  hasTime: context.getRemainingTimeInMillis() > 0,
  endpoint: process.env.AWS_LAMBDA_RUNTIME_API.split(":")[0],
});
exports.raising = async () => {
  throw new RangeError("the order does not exist");
};
exports.later = () => new Promise(() => setTimeout(() => { throw new TypeError("too late"); }, 1));
exports.exiting = async () => process.exit(3);
exports.hanging = () => new Promise((resolve) => setTimeout(resolve, 600000));
exports.logging = async () => console.log("two\nlines");
exports.long = async (length) => "α".repeat(length);
exports.streaming = awslambda.streamifyResponse(async (event, stream) => {
  stream.write('{"a":');
  stream.end("1}");
});
exports.layered = async () => require("shared").name;
exports.notFunction = 1;
