import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";

import { Generations, isKey } from "./generations.js";

/** An execution lives for a year, the call of its function included. */
const LONGEST_DELAY_SECONDS = 364 * 24 * 3600;

/** Input was refused before anything was sent. */
export class Unusable extends Error {}

/** The delayed tasks of one state machine. */
export class Tasks {
  #client;
  #machine;

  /** @param {string} machine ARN of the state machine, which contains the Region */
  constructor(machine) {
    const [prefix, , , region] = machine.split(":");
    if (prefix !== "arn" || !region) {
      throw new Unusable(`the state machine must be given by its ARN (DELAY_STATE_MACHINE_ARN), got "${machine}"`);
    }
    this.#client = new SFNClient({ region });
    this.#machine = machine;
  }

  /**
   * Schedule a call of the state machine's function after a delay.
   *
   * A key, if given, identifies the task. While the task waits, the same call returns the same task, and a different
   * one fails with ExecutionAlreadyExists.
   */
  async schedule(payload, { afterSeconds, key }) {
    if (key !== undefined && !isKey(key)) {
      throw new Unusable(`a key has at most 70 characters and does not end like --g2-abc, got "${key}"`);
    }
    const { executionArn, startDate } = await this.#client.send(
      new StartExecutionCommand({
        stateMachineArn: this.#machine,
        name: key,
        input: inputOf(payload, afterSeconds),
      }),
    );
    return { arn: executionArn, due: new Date(startDate.getTime() + afterSeconds * 1000) };
  }

  /** Cancel the waiting task with a key, rescheduled or not, and return ABORTED; throw TooLate if it was called. */
  cancel(key) {
    return new Generations(this.#client, this.#arnOf(key)).cancel();
  }

  /** Return the ARN of a key's first execution. A stack's ARN may end with an alias or a version, which is for starting only. */
  #arnOf(key) {
    const machine = this.#machine.split(":").slice(0, 7).join(":");
    return `${machine.replace(":stateMachine:", ":execution:")}:${key}`;
  }
}

/** Add the delay to a payload. */
function inputOf(payload, afterSeconds) {
  if (!Number.isInteger(afterSeconds) || afterSeconds < 0 || afterSeconds > LONGEST_DELAY_SECONDS) {
    throw new Unusable(`the delay must be whole seconds, at most ${LONGEST_DELAY_SECONDS}, got ${afterSeconds}`);
  }
  if (payload === null || typeof payload !== "object" || Array.isArray(payload)) {
    throw new Unusable(`the payload must be an object, got ${JSON.stringify(payload)}`);
  }
  if ("expirydate" in payload) {
    throw new Unusable("the payload must not contain expirydate, which is the delay");
  }
  return JSON.stringify({ expirydate: afterSeconds, ...payload });
}
