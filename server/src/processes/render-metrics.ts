import type { Sample } from "../gateway/counters.ts"
import { renderSamples } from "../gateway/counters-text.ts"
import type { SupervisedChild } from "./supervised-child.ts"

/** The metrics of all processes of this machine as one Prometheus text; a process that does not answer in time is shown as down. */
export async function renderMetrics(
  children: readonly Pick<SupervisedChild, "name" | "ask">[],
  timeoutMs: number,
): Promise<string> {
  const answers = await Promise.all(children.map((child) => child.ask(timeoutMs)))
  const up = children.map(
    ({ name }, position): Sample => ({
      name: "sluice_process_up",
      help: "Whether a process answers: 1 or 0.",
      type: "gauge",
      labels: { process: name },
      value: answers[position] === null ? 0 : 1,
      merge: "max",
    }),
  )
  return renderSamples([up, ...answers.map((answer) => (Array.isArray(answer) ? (answer as Sample[]) : []))])
}
