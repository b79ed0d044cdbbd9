import { parseArgs } from "node:util"

/** What `npm run bench -- --help` says. */
export const usage = `npm run bench [-- options]          measures Sluice beside a direct call, nginx and Portkey, in one run
npm run bench -- profile [options]  shows where the gateway's time goes

Options
  --quick              one short round of everything, less than two minutes; writes nothing unless --write
  --only a,b           only these rows: direct, nginx, portkey, sluice-off, sluice-on-1, sluice-on-2
  --phases a,b         only phases whose name begins so: closed-loop, fixed-rate, first-token, streams, gzip, small-streams
  --rounds n           interleaved rounds of each measurement (default 3)
  --duration ms        length of each closed-loop and fixed-rate run (default 1000 and 2000)
  --keys n             keys of the memory row (default 10000; 0 leaves it out)
  --database-url url   PostgreSQL for Sluice (default: its embedded database)
  --no-pin             let everything run on every core; by default the load has half of them for itself
  --write, --no-write  write docs/benchmarks.md and docs/benchmarks.json, or not (default: only a whole run does)
  --help               this

Options of profile
  --shape s            plain, gzip or stream (default plain)
  --seconds n          how long (default 8)
  --recording-off      the composition without recording, to compare with
  --top n              lines of each table (default 25)

The first run installs the peers in bench/node_modules. nginx (Debian: nginx) is left out where it is not installed, and wrk
(Debian: wrk) is replaced by our own generator. Absolute figures belong to the machine; compare rows of one run. A busy
machine makes every figure worse: run it when nothing else does. The exit code is 1 when a floor does not hold.`

/** The options of the benchmark. @throws Error in words for people */
export function readOptions(words) {
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    allowNegative: true,
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string" },
      phases: { type: "string" },
      rounds: { type: "string" },
      duration: { type: "string" },
      keys: { type: "string" },
      "database-url": { type: "string" },
      pin: { type: "boolean", default: true },
      write: { type: "boolean" },
      help: { type: "boolean", default: false },
      shape: { type: "string", default: "plain" },
      seconds: { type: "string", default: "8" },
      "recording-off": { type: "boolean", default: false },
      top: { type: "string", default: "25" },
    },
  })
  const [command = "compare", ...rest] = positionals
  if (!["compare", "profile"].includes(command) || rest.length > 0)
    throw new Error(`there is no "${positionals.join(" ")}"; "npm run bench -- --help" says what there is`)
  const whole = (name) => {
    if (values[name] === undefined) return null
    if (!/^\d{1,9}$/.test(values[name])) throw new Error(`--${name} takes a whole number, but got ${values[name]}`)
    return Number(values[name])
  }
  return {
    ...values,
    command,
    rounds: whole("rounds"),
    durationMs: whole("duration"),
    keys: whole("keys"),
    seconds: whole("seconds"),
    top: whole("top"),
    only: values.only?.split(",") ?? null,
    phases: values.phases?.split(",") ?? null,
    databaseUrl: values["database-url"] ?? null,
    recordingOff: values["recording-off"],
  }
}
