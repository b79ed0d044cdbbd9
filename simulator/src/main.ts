import { runSimulator } from "./run-simulator.ts"

const running = await runSimulator(process.argv.slice(2), {
  say: (text) => process.stdout.write(text),
  complain: (text) => process.stderr.write(text),
})

if (typeof running === "number") process.exitCode = running
else {
  const stop = (): void => {
    process.off("SIGINT", stop)
    process.off("SIGTERM", stop)
    void running.close()
  }
  process.on("SIGINT", stop)
  process.on("SIGTERM", stop)
}
