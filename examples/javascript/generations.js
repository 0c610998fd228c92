import { DescribeExecutionCommand, GetExecutionHistoryCommand, StopExecutionCommand } from "@aws-sdk/client-sfn";

/** A rescheduled task is another execution, the next generation of its key: docs/reference/generations.md. */
const MOST_GENERATIONS = 999;

/** The pauses before a key is read again: a change is not visible at once. */
const PAUSES_MS = [0, 50, 100, 200, 400, 800, 1600, 3200];

const CALLS = ["TaskScheduled", "LambdaFunctionScheduled"];

/** The function was called before the task could be cancelled, or the task had ended. */
export class TooLate extends Error {}

/** Whether a new task may have this key: 70 characters leave room for a generation's suffix, and none is in it. */
export function isKey(key) {
  return key.length <= 70 && !/.--g([2-9]|[1-9][0-9]{1,2})-[0-9a-z]{3}$/s.test(key);
}

/** The executions that one key has had. */
export class Generations {
  #client;
  #first;

  /** @param {string} first ARN of the key's first execution, which is named like the key */
  constructor(client, first) {
    this.#client = client;
    this.#first = first;
  }

  /** Stop every execution of the key that has not called the function; throw TooLate if one has. */
  async cancel() {
    for (const pause of PAUSES_MS) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const candidates = await this.#candidates();
      const waiting = candidates.filter(({ isOpen, wasCalled }) => isOpen && !wasCalled);
      const owner = candidates.find(({ isOpen, wasCalled, madeRoom }) => wasCalled || !(isOpen || madeRoom));
      if (owner && waiting.length === 0) return requireUncalled(owner);
      const live = owner ?? waiting.at(-1);
      for (const execution of waiting) await this.#stop(execution, reasonFor(execution, live));
    }
    throw new Error(`${this.#first} is being changed by other clients at the same time: try again`);
  }

  /** Return the latest generation and those before it back to one that made room, the earliest first. */
  async #candidates() {
    const first = await this.#describe(this.#first);
    const day = Math.floor(first.startDate.getTime() / 86_400_000).toString(36).padStart(3, "0");
    const arn = (number) => (number === 1 ? this.#first : `${this.#first}--g${number}-${day}`);
    const found = [];
    for (let number = await this.#latest(arn); number >= 1; number -= 1) {
      const generation = { number, ...(await this.#read(arn(number))) };
      if (found.length > 0 && generation.madeRoom && generation.error === "Delay.Rescheduled") break;
      found.unshift(generation);
    }
    return found;
  }

  /** Find the latest number by doubling, then by bisecting. */
  async #latest(arn) {
    let [low, high] = [1, 2];
    while (high <= MOST_GENERATIONS && (await this.#exists(arn(high)))) [low, high] = [high, high * 2];
    high = Math.min(high, MOST_GENERATIONS + 1);
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      [low, high] = (await this.#exists(arn(middle))) ? [middle, high] : [low, middle];
    }
    return low;
  }

  async #read(arn) {
    const { status, error } = await this.#describe(arn);
    const isOpen = status === "RUNNING" || status === "PENDING_REDRIVE";
    // The call is the fifth event of a task, if there is one.
    const history = await this.#client.send(new GetExecutionHistoryCommand({ executionArn: arn, maxResults: 10 }));
    const wasCalled = history.events.some(({ type }) => CALLS.includes(type));
    const madeRoom = !wasCalled && status === "ABORTED" && ["Delay.Rescheduled", "Delay.Withdrawn"].includes(error);
    return { arn, status, error, isOpen, wasCalled, madeRoom };
  }

  async #exists(arn) {
    try {
      return Boolean(await this.#describe(arn));
    } catch (error) {
      if (error.name === "ExecutionDoesNotExist") return false;
      throw error;
    }
  }

  #describe(arn) {
    return this.#client.send(new DescribeExecutionCommand({ executionArn: arn }));
  }

  #stop({ arn }, error) {
    return this.#client.send(new StopExecutionCommand({ executionArn: arn, error }));
  }
}

function requireUncalled({ arn, status, wasCalled }) {
  if (status === "ABORTED" && !wasCalled) return status;
  throw new TooLate(`${arn} is ${status}${wasCalled ? ", and its function has been called" : ""}`);
}

function reasonFor(execution, live) {
  if (execution === live) return "Delay.Cancelled";
  return execution.number < live.number ? "Delay.Rescheduled" : "Delay.Withdrawn";
}
