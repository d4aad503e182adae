// Reading the Prometheus text of `/metrics`: only what the page of the state shows.

/** @typedef {{name: string, labels: Record<string, string>, value: number}} Sample */

/**
 * Return the samples in a text, in order.
 * @param {string} text
 * @returns {Sample[]}
 */
export function readSamples(text) {
  const samples = [];
  for (const line of text.split("\n")) {
    const found = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/i.exec(line);
    if (!found) continue;
    const labels = Object.fromEntries(
      [...(found[2] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map((label) => [label[1], label[2]]),
    );
    samples.push({ name: found[1], labels, value: Number(found[3]) });
  }
  return samples;
}

/**
 * Return the sum of all samples with a name that have some labels.
 * @param {Sample[]} samples
 * @param {string} name
 * @param {(labels: Record<string, string>) => boolean} [has]
 */
export function total(samples, name, has = () => true) {
  return samples.filter((each) => each.name === name && has(each.labels)).reduce((sum, each) => sum + each.value, 0);
}

/**
 * Return a quantile of a histogram in its unit: the upper end of the bucket in which it lies, as Prometheus has it
 * without interpolation. Null without a value.
 * @param {Sample[]} samples
 * @param {string} name without "_bucket"
 * @param {(labels: Record<string, string>) => boolean} has
 * @param {number} quantile between 0 and 1
 */
export function bucketOfQuantile(samples, name, has, quantile) {
  const buckets = samples
    .filter((each) => each.name === `${name}_bucket` && has(each.labels))
    .map((each) => ({ upTo: each.labels.le === "+Inf" ? Infinity : Number(each.labels.le), count: each.value }))
    .sort((one, other) => one.upTo - other.upTo);
  const all = buckets.at(-1)?.count ?? 0;
  if (!all) return null;
  return buckets.find((bucket) => bucket.count >= quantile * all)?.upTo ?? null;
}
