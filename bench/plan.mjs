/**
 * What a run measures (what a floor is judged by, more often than the rest): rounds, durations in milliseconds, and how much of each. The whole default takes some twenty minutes, the
 * quick one less than two; a duration of a closed loop is rounded to seconds, because wrk knows no others.
 */
export const defaultPlan = {
  rounds: 3,
  warmUpMs: 4000,
  closedLoop: { connections: [1, 8, 50], durationMs: 1000, moreRounds: { 1: 9, 50: 5 } },
  fixedRate: { perSecond: [200, 500, 1000], durationMs: 2000 },
  firstToken: { perSecond: 100, durationMs: 3000, rounds: 9 },
  recording: { perSecond: 1000, durationMs: 2000, rounds: 15 },
  streams: [
    { streams: 512, frames: 150, intervalMs: 20, rounds: 2 },
    { streams: 2000, frames: 60, intervalMs: 80, spreadMs: 2000, rounds: 1, without: ["portkey"] },
  ],
  gzip: { connections: 8, durationMs: 1000, rounds: 2 },
  largePrompt: { bytes: 500_000, perSecond: 5, streams: 64, frames: 100, intervalMs: 20, rounds: 2 },
  keys: 10_000,
}

/** One round of each: enough to see that everything runs, too little to believe in. */
export const quickPlan = {
  rounds: 1,
  warmUpMs: 1000,
  closedLoop: { connections: [1, 50], durationMs: 1000 },
  fixedRate: { perSecond: [200], durationMs: 1000 },
  firstToken: { perSecond: 50, durationMs: 1000, rounds: 1 },
  recording: { perSecond: 1000, durationMs: 1000, rounds: 1 },
  streams: [{ streams: 128, frames: 50, intervalMs: 20, rounds: 1, without: ["portkey"] }],
  gzip: { connections: 8, durationMs: 1000, rounds: 1, without: ["portkey"] },
  largePrompt: { bytes: 500_000, perSecond: 5, streams: 32, frames: 50, intervalMs: 20, rounds: 1 },
  keys: 300,
}
