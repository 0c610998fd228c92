/**
 * The native part of AWS's runtime client for Node.js, without native code: `next`, `done` and `error`.
 *
 * AWS's `done` and `error` return when the endpoint has answered, since the process may end right after. Node.js
 * has no such requests, so a thread makes them while this one waits.
 */

"use strict";

const http = require("node:http");
const { Worker, isMainThread, parentPort, workerData } = require("node:worker_threads");

const WAITING = 0;
const ANSWERED = 1;

/** Return the three functions that AWS's client calls. */
function connect(address, secret) {
  const answered = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const thread = new Worker(__filename, { workerData: { address, secret, answered }, env: {}, execArgv: [] });
  thread.unref();

  function post(path, body, headers) {
    Atomics.store(answered, 0, WAITING);
    thread.postMessage({ method: "POST", path, body, headers });
    Atomics.wait(answered, 0, WAITING);
  }

  return {
    next: () =>
      new Promise((resolve, reject) => {
        thread.ref(); // the process must not end while it waits for work
        thread.once("message", ({ failure, ...invocation }) => {
          thread.unref();
          if (failure) reject(new Error(`Failed to get next invocation, ${failure}`));
          else resolve(invocation);
        });
        thread.postMessage({ method: "GET", path: "next" });
      }),
    done: (id, body) => post(`${id}/response`, body, {}),
    error: (id, body) => post(`${id}/error`, body, { "Lambda-Runtime-Function-Error-Type": "Unhandled" }),
  };
}

/** Make the requests of the other thread, one at a time. */
function serve({ address, secret, answered }) {
  const [hostname, port] = address.split(":");
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

  function send({ method, path, body = "", headers = {} }, finish) {
    const sent = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body), ...headers };
    const prefix = `/${secret}/2018-06-01/runtime/invocation/`;
    const request = http.request({ hostname, port, agent, method, path: prefix + path, headers: sent }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => finish(describe(response, Buffer.concat(chunks))));
    });
    request.on("error", (error) => finish({ failure: error.message }));
    request.end(body);
  }

  function describe({ statusCode, headers }, body) {
    return statusCode < 300 ? { bodyJson: body.toString(), headers } : { failure: `status ${statusCode}` };
  }

  parentPort.on("message", (message) => {
    send(message, (result) => {
      if (message.method === "GET") {
        parentPort.postMessage(result);
        return;
      }
      Atomics.store(answered, 0, ANSWERED);
      Atomics.notify(answered, 0);
    });
  });
}

if (isMainThread) module.exports = { connect };
else serve(workerData);
