// Reading the Prometheus text of `/metrics`: only what the page of the state shows.

/** @typedef {{name: string, labels: Record<string, string>, value: number}} Sample */

/** @param {string} text @returns {Sample[]} in order */
export function readSamples(text) {
	return [...text.matchAll(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/gim)].map(([, name, labels = "", value]) => ({
		name,
		labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map((label) => label.slice(1))),
		value: Number(value),
	}));
}

/** @param {Sample[]} samples @param {string} name @returns {number} the sum of all that have the name */
export function total(samples, name) {
	return samples.filter((each) => each.name === name).reduce((sum, each) => sum + each.value, 0);
}

/**
 * Return a quantile of a stage's histogram in its unit: the upper end of the bucket in which it lies, as Prometheus has
 * it without interpolation. Null without a value.
 * @param {Sample[]} samples
 * @param {string} name without "_bucket"
 * @param {string} stage
 * @param {number} quantile between 0 and 1
 */
export function bucketOfQuantile(samples, name, stage, quantile) {
	const buckets = samples
		.filter((each) => each.name === `${name}_bucket` && each.labels.stage === stage)
		.map(({ labels, value }) => ({ upTo: labels.le === "+Inf" ? Infinity : Number(labels.le), count: value }))
		.sort((one, other) => one.upTo - other.upTo);
	const all = buckets.at(-1)?.count ?? 0;
	return all ? (buckets.find((bucket) => bucket.count >= quantile * all)?.upTo ?? null) : null;
}
