/** A share between 0 and 1 as people read it: `12.3 %`, `0.04 %`, `<0.01 %`; never 0 for what is more than nothing. */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent === 0) return "0 %"
  if (percent < 0.01) return "<0.01 %"
  return `${trim(percent < 1 ? percent.toFixed(2) : percent < 99.95 ? percent.toFixed(1) : percent.toFixed(0))} %`
}

function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text
}
