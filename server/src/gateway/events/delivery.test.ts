import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type ControlMode, ControlServer } from "../../testing/control-server.ts"
import { turnUntil } from "../../testing/manual-timers.ts"
import { Recorder } from "../../testing/recorder.ts"

describe("records on their way", () => {
  const mode = fc.constantFrom<ControlMode>("up", "forgetful", "failing", "hanging", "broken", "stranger", "foreign")
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("offer" as const), count: fc.integer({ min: 1, max: 130 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 1, max: 6000 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("control" as const), mode }) },
    { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
    { weight: 1, arbitrary: fc.constant({ kind: "kill" as const }) },
  )

  it("all arrive, in order, whatever control does and however often the gateway starts again", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const folder = await mkdtemp(join(tmpdir(), "sluice-records-"))
        const control = new ControlServer()
        await control.listen(join(folder, "control.sock"))
        try {
          await live(steps, control, folder)
        } finally {
          await control.close()
          await rm(folder, { recursive: true, force: true })
        }
      }),
      { numRuns: 40 },
    )
  })

  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

  async function live(steps: readonly Step[], control: ControlServer, folder: string): Promise<void> {
    const expected = new Set<string>()
    let recorder = await Recorder.start(control, folder, { capacity: 200 })
    const epochs = [recorder.buffer.epoch]
    const killed: Recorder[] = []
    const restart = async (): Promise<void> => {
      recorder = await Recorder.start(control, folder, { capacity: 200 })
      epochs.push(recorder.buffer.epoch)
    }
    for (const action of steps) {
      if (action.kind === "offer") for (const id of recorder.offer(action.count)) expected.add(id)
      else if (action.kind === "pass") await recorder.pass(action.ms)
      else if (action.kind === "control") control.mode = action.mode
      else if (action.kind === "restart") {
        await recorder.stop()
        await restart()
      } else {
        if (control.mode === "hanging") control.mode = "failing"
        await recorder.pass(5000)
        for (const id of recorder.kill()) expected.delete(id)
        killed.push(recorder)
        await restart()
      }
      if (control.mode !== "hanging") await recorder.settle()
      checkAccount(recorder, control)
    }
    control.mode = "up"
    control.cut()
    await turnUntil(() => control.hung.size === 0)
    await recorder.settle()
    await recorder.passUntil(() => recorder.buffer.length + recorder.spool.count === 0)
    await recorder.stop()
    checkAccount(recorder, control)
    const arrived = new Set(control.arrived.map(({ id }) => id))
    expect([...expected].filter((id) => !arrived.has(id))).toEqual([])
    for (const epoch of epochs) {
      const seqs = [...new Set(control.arrived.filter((record) => record.epoch === epoch).map(({ seq }) => seq))]
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b))
    }
    // The files of processes that were killed in name only.
    for (const { spool } of killed) await spool.close()
    expect(recorder.drain.isControlAway).toBe(false)
    expect(control.reports.at(-1)).toMatchObject({ final: true, queued: 0, spooled: {} })
  }

  /** Everything received is acknowledged, dropped, in memory or in the spool; what was acknowledged is with control. */
  function checkAccount(recorder: Recorder, control: ControlServer): void {
    const { buffer } = recorder
    const acknowledged = buffer.received - recorder.dropped - buffer.length - recorder.ownSpooled
    const stored = new Set(control.arrived.filter(({ epoch }) => epoch === buffer.epoch).map(({ seq }) => seq))
    expect(acknowledged).toBeGreaterThanOrEqual(0)
    expect(stored.size).toBeGreaterThanOrEqual(acknowledged)
  }
})
