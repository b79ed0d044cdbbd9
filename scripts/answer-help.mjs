/**
 * What a script does with the words after its name before it does anything else: `--help` and `-h` print `usage`, and words that
 * nothing would read are refused instead of being ignored. Gives the exit code to end with; null when the script is to run.
 */
export function answerHelp({ usage, takesWords = false }, words, { say = console.log, complain = console.error } = {}) {
  if (words.includes("--help") || words.includes("-h")) {
    say(usage)
    return 0
  }
  if (takesWords || words.length === 0) return null
  complain(`This takes no arguments, but got: ${words.join(" ")}\n\n${usage}`)
  return 2
}

/** The same for the process that runs: ends it when there is nothing more to do. */
export function exitForHelp(options) {
  const code = answerHelp(options, process.argv.slice(2))
  if (code !== null) process.exit(code)
}
