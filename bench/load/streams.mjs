import { lastFrames, monotonicMs, readFrame, shapes, toFrame, toRequestBody } from "../exchange.mjs"
import { summarise } from "../statistics.mjs"
import { Connection, Errors, toRequestBytes } from "./connection.mjs"
import { pace } from "./pacer.mjs"

/** Milliseconds a stream may take longer than its frames last. */
const patienceMs = 10_000

/**
 * Opens `streams` streams of `frames` events each, spread over `spreadMs`, so that for a while all are open at once, and looks
 * at every event: is it there, in its place, and, when `exact`, the very bytes the upstream sent. `delayMs` is from the
 * upstream's socket to here; an event is late when it took longer than `lateAfterMs` (the interval unless given).
 */
export async function runStreams(job) {
  const { streams, frames, intervalMs, spreadMs = 1000, lateAfterMs = intervalMs } = job
  const body = toRequestBody(shapes.stream({ frames, intervalMs }), { streams: true })
  const bytes = toRequestBytes({ ...job, body })
  const run = {
    delays: [],
    firsts: [],
    errors: new Errors(),
    wrong: 0,
    late: 0,
    whole: 0,
    open: 0,
    mostOpen: 0,
    left: streams,
    frames,
    lateAfterMs,
    exact: job.exact ?? true,
    done: () => {},
  }
  const all = await openInTurns(job, streams)
  const ended = new Promise((resolve) => {
    run.done = resolve
  })
  const deadline = new Promise((resolve) => setTimeout(resolve, spreadMs + frames * intervalMs + patienceMs))
  const perSecond = (streams * 1000) / spreadMs
  const sending = pace({ perSecond, count: streams }, (index, dueMs) => watch(all[index], bytes, dueMs, run))
  await Promise.race([Promise.all([sending, ended]), deadline])
  for (let left = run.left; left > 0; left -= 1) run.errors.add(new Error("the stream did not end in time"))
  for (const connection of all) connection.close()
  return {
    streams,
    whole: run.whole,
    mostOpen: run.mostOpen,
    frames: run.delays.length,
    lost: streams * frames - run.delays.length,
    wrong: run.wrong,
    late: run.late,
    delayMs: summarise(run.delays),
    firstFrameMs: summarise(run.firsts),
    errors: run.errors.count,
    reasons: run.errors,
  }
}

/** Connections are opened some at a time and beforehand: how fast a listener accepts is not what is measured. */
async function openInTurns(job, count) {
  const opened = []
  while (opened.length < count) {
    const some = Math.min(64, count - opened.length)
    opened.push(...(await Promise.all(Array.from({ length: some }, () => new Connection(job).opened()))))
  }
  return opened
}

function watch(connection, bytes, dueMs, run) {
  let status = 0
  let next = 0
  let text = ""
  let tail = ""
  run.open += 1
  run.mostOpen = Math.max(run.mostOpen, run.open)
  const settle = () => {
    run.open -= 1
    run.left -= 1
    if (run.left === 0) run.done()
  }
  const take = (event, now) => {
    const frame = readFrame(event)
    if (!frame) {
      tail += event
      return
    }
    if (next === 0) run.firsts.push(now - dueMs)
    if (frame.index !== next || (run.exact && event !== toFrame(frame.index, frame.sentMs))) run.wrong += 1
    next += 1
    run.delays.push(now - frame.sentMs)
    if (now - frame.sentMs > run.lateAfterMs) run.late += 1
  }
  connection.send(bytes, {
    head: (code) => {
      status = code
    },
    body: (part) => {
      const now = monotonicMs()
      text += part.latin1Slice(0, part.length)
      let from = 0
      for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n", from)) {
        take(text.slice(from, end + 2), now)
        from = end + 2
      }
      text = text.slice(from)
    },
    end: () => {
      const isWhole = next === run.frames && text === "" && (run.exact ? tail === lastFrames : /\[DONE\]/.test(tail))
      if (status === 200 && isWhole) run.whole += 1
      else run.errors.add(status === 200 ? new Error("a stream ended early or otherwise than it should") : status)
      settle()
    },
    failed: (error) => {
      run.errors.add(error)
      settle()
    },
  })
}
