/** Schedules a delayed task, or cancels one by its key. */
import { parseArgs } from "node:util";

import { Tasks, Unusable } from "./tasks.js";

const USAGE = "write [--after SECONDS] [--payload OBJECT] [--key KEY], or --key KEY --cancel";
const OPTIONS = {
  after: { type: "string", default: "11" },
  payload: { type: "string", default: '{"a":1233333}' },
  key: { type: "string" },
  cancel: { type: "boolean" },
};

try {
  console.log(await run(readOptions()));
} catch (error) {
  // A connection refused at several addresses has a code, but no message.
  console.error(`${error.name}: ${error.message || error.code}`);
  process.exitCode = error instanceof Unusable ? 2 : 1;
}

function readOptions() {
  try {
    const { values } = parseArgs({ options: OPTIONS });
    return { ...values, after: readSeconds(values.after), payload: JSON.parse(values.payload) };
  } catch (error) {
    throw new Unusable(`${error.message} (${USAGE})`, { cause: error });
  }
}

/** Parse a number; leave other text as it is, to be refused with its own message. */
function readSeconds(text) {
  return /^\d+$/.test(text) ? Number(text) : text;
}

async function run({ after, payload, key, cancel }) {
  if (cancel && !key) throw new Unusable(USAGE);
  const tasks = new Tasks(process.env.DELAY_STATE_MACHINE_ARN ?? "");
  if (cancel) return tasks.cancel(key);
  const { arn, due } = await tasks.schedule(payload, { afterSeconds: after, key });
  return `${arn} is due at ${due.toISOString()}`;
}
