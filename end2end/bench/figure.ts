// A line of the table that `make bench` prints, as the bench program prints its own.

/** The median of so many times in ms, beside its aim, and the longest of them. */
export function print(what: string, times: number[], aim: number): void {
  const sorted = times.toSorted((a, b) => a - b);
  const [median, worst] = [sorted[Math.floor(sorted.length / 2)], sorted[sorted.length - 1]];
  const verdict = median <= aim ? "met" : "missed";
  console.log(`\n| ${what}, median of ${times.length} | ${median.toFixed(0)} ms | ${aim} ms | ${verdict} |`);
  console.log(`| the longest of them | ${worst.toFixed(0)} ms | | |`);
}
