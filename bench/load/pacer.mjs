import { Worker } from "node:worker_threads"
import { monotonicMs } from "../exchange.mjs"

/** Runs in the thread: a wait of Atomics is precise to some tens of microseconds, a timer of Node only to a millisecond. */
const program = `
const { parentPort, workerData } = require("node:worker_threads")
const { startMs, perSecond, count } = workerData
const cell = new Int32Array(new SharedArrayBuffer(4))
const now = () => Number(process.hrtime.bigint()) / 1e6
for (let next = 0; next < count; ) {
  const waitMs = startMs + (next * 1000) / perSecond - now()
  if (waitMs > 0) Atomics.wait(cell, 0, 0, waitMs)
  const due = Math.min(count, Math.floor(((now() - startMs) * perSecond) / 1000) + 1)
  if (due <= next) continue
  next = due
  parentPort.postMessage(due)
}
`

/**
 * Calls `send(index, dueMs)` for `count` events at a constant rate, each at its own moment whatever became of those before;
 * late when this process is late, and never left out.
 */
export function pace({ perSecond, count }, send) {
  const startMs = monotonicMs() + 50
  const worker = new Worker(program, { eval: true, workerData: { startMs, perSecond, count } })
  let sent = 0
  return new Promise((resolve, reject) => {
    worker.once("error", reject)
    worker.on("message", (due) => {
      for (; sent < due; sent += 1) send(sent, startMs + (sent * 1000) / perSecond)
      if (sent === count) resolve(worker.terminate())
    })
  })
}
