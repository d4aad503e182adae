// Lists of names as the filters of the service take them: `Reuters,"Post, The",-Gazette`.

/** @typedef {{name: string, isExcluded: boolean}} Name */

/** @param {string} list @returns {Name[]} */
export function readNames(list) {
	return [...list.matchAll(/\s*(-?)(?:"((?:[^"]|"")*)"|([^,]+))/g)].map(([, dash, quoted, plain]) => ({
		name: quoted?.replaceAll('""', '"') ?? plain.trim(),
		isExcluded: dash === "-",
	}));
}

/** @param {Name[]} names */
function writeNames(names) {
	const written = names.map(({ name, isExcluded }) => {
		const text = /[",]|^-/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
		return isExcluded ? `-${text}` : text;
	});
	return written.join(",");
}

/**
 * Return a list without a name, or with it if it was not there.
 * @param {string} list
 * @param {string} name
 */
export function toggleName(list, name) {
	const names = readNames(list);
	const others = names.filter((each) => !isSame(each.name, name));
	return writeNames(others.length < names.length ? others : [...names, { name, isExcluded: false }]);
}

/** @param {string} one @param {string} other as the service, which does not mind capitals */
export function isSame(one, other) {
	return one.localeCompare(other, undefined, { sensitivity: "base" }) === 0;
}
