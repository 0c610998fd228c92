/**
 * Runs AWS's runtime client for Node.js in a worker.
 *
 * It is started as `node runtime.mjs CLIENT HANDLER`, in the worker's environment and working directory, where
 * AWS_LAMBDA_RUNTIME_API is HOST:PORT/SECRET. CLIENT is AWS's index.mjs, as npm publishes it. That package has a
 * second part in C++, which polls and responds over HTTP and needs a compiler, so its place is taken by
 * transport.cjs. The rest is AWS's: how a handler is loaded and called, its context, its log and its errors.
 */

import http from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [client, handler] = process.argv.slice(2);
const [address, secret] = process.env.AWS_LAMBDA_RUNTIME_API.split("/");
process.argv.splice(1, 2);

/** AWS's client asks for this file of its own, so that a module in the cache under that name is what it gets. */
function replaceNativePart() {
  const require = createRequire(client);
  const name = require.resolve("./rapid-client.node");
  const { connect } = createRequire(import.meta.url)("./transport.cjs");
  require.cache[name] = { id: name, filename: name, loaded: true, exports: connect(address, secret) };
}

/** The part in JavaScript reports that a handler cannot be loaded, and knows nothing of the secret. */
function sendSecret() {
  const { request } = http;
  const [hostname, port] = address.split(":");
  http.request = (options, ...others) => {
    const isOurs = options?.hostname === hostname && String(options?.port) === port;
    return request(isOurs ? { ...options, path: `/${secret}${options.path}` } : options, ...others);
  };
}

replaceNativePart();
sendSecret();
const { run } = await import(pathToFileURL(client));
await run(process.cwd(), handler);
