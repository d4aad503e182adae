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
 * Return the buckets of a stage's histogram in order: up to which value, and how many values up to that.
 * @param {Sample[]} samples
 * @param {string} name without "_bucket"
 * @param {string} stage
 */
export function bucketsOf(samples, name, stage) {
	return samples
		.filter((each) => each.name === `${name}_bucket` && each.labels.stage === stage)
		.map(({ labels, value }) => ({ upTo: labels.le === "+Inf" ? Infinity : Number(labels.le), count: value }))
		.sort((one, other) => one.upTo - other.upTo);
}

/**
 * Return a quantile in the unit of the buckets: the upper end of the one in which it lies, as Prometheus has it without
 * interpolation. Null without a value.
 * @param {ReturnType<typeof bucketsOf>} buckets
 * @param {number} quantile between 0 and 1
 */
export function bucketOfQuantile(buckets, quantile) {
	const all = buckets.at(-1)?.count ?? 0;
	return all ? (buckets.find((bucket) => bucket.count >= quantile * all)?.upTo ?? null) : null;
}
