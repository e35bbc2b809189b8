/*
 * One run of the analyzer: its module, the files that were dropped on the page, a command line.
 * The module asks for files by WASI (preview 1); what is here is what it uses of it. Dropped files
 * are read slice by slice and never as a whole; what the analyzer writes stays in memory until the
 * page has it.
 */
'use strict';

const OK = 0, EBADF = 8, EEXIST = 20, EIO = 29, EISDIR = 31, ENOENT = 44, ENOSYS = 52, EROFS = 69;
const SLICE = 1 << 18; // bytes that are read at once
const KEPT = 96; // slices that are kept, of all files
const DIRECTORY = 3, FILE = 4, CHARACTERS = 2;

const kept = new Map();
let read = 0, told = 0; // bytes, of which the page was told

class Failed extends Error {}

/* A slice of a dropped file. A file that changed since it was dropped cannot be read any more. */
function slice(file, index) {
	const key = file.number + ':' + index;
	let piece = kept.get(key);

	if (piece === undefined) {
		const from = index * SLICE;
		try {
			piece = new Uint8Array(new FileReaderSync().readAsArrayBuffer(
				file.blob.slice(from, Math.min(from + SLICE, file.blob.size))));
		} catch (e) {
			throw new Failed(e.name);
		}
		read += piece.length;
		if (read - told > 4 << 20) {
			told = read;
			postMessage({ read });
		}
	} else {
		kept.delete(key);
	}
	kept.set(key, piece);
	if (kept.size > KEPT)
		kept.delete(kept.keys().next().value);
	return piece;
}

/* Copies bytes of a file from a place on; how many there were. */
function copy(file, at, to) {
	const size = file.blob ? file.blob.size : file.size;
	const n = Math.max(0, Math.min(to.length, size - at));

	if (!file.blob) {
		to.set(file.data.subarray(at, at + n));
		return n;
	}
	for (let done = 0; done < n;) {
		const where = at + done;
		const piece = slice(file, Math.floor(where / SLICE));
		const from = where % SLICE;
		const k = Math.min(n - done, piece.length - from);

		if (k <= 0)
			throw new Failed('short');
		to.set(piece.subarray(from, from + k), done);
		done += k;
	}
	return n;
}

/* Bytes into a file that the analyzer makes. */
function put(file, at, from) {
	if (at + from.length > file.data.length) {
		const more = new Uint8Array(Math.max(at + from.length, file.data.length * 2, 65536));

		more.set(file.data.subarray(0, file.size));
		file.data = more;
	}
	file.data.set(from, at);
	file.size = Math.max(file.size, at + from.length);
}

function system(job, exports) {
	const text = new TextEncoder(), words = new TextDecoder();
	const files = new Map(job.files.map((f, i) => [f.name, { blob: f.blob, number: i }]));
	const out = [new Uint8Array(0), [], []]; // stdout and stderr, in pieces
	const open = new Map([
		[0, { device: true }], [1, { device: true }], [2, { device: true }],
		[3, { folder: true }],
	]);
	let next = 4;
	const view = () => new DataView(exports().memory.buffer);
	const bytes = (p, n) => new Uint8Array(exports().memory.buffer, p, n);
	const u64 = (p, x) => view().setBigUint64(p, BigInt(x), true);
	const name = (p, n) => words.decode(bytes(p, n)).replace(/^(\.?\/)+/, '');
	const list = (items, pointers, where) => {
		for (const s of items) {
			const b = text.encode(s + '\0');

			view().setUint32(pointers, where, true);
			bytes(where, b.length).set(b);
			pointers += 4;
			where += b.length;
		}
		return OK;
	};
	const sizes = (items, count, size) => {
		view().setUint32(count, items.length, true);
		view().setUint32(size, items.reduce((n, s) => n + text.encode(s).length + 1, 0), true);
		return OK;
	};
	const describe = (p, kind, size) => {
		bytes(p, 64).fill(0);
		view().setUint8(p + 16, kind);
		u64(p + 24, 1);
		u64(p + 32, size);
		return OK;
	};
	const size = (f) => f.blob ? f.blob.size : f.size;
	/* pieces of memory, each filled or taken in turn until one is not whole */
	const pieces = (iovs, n, each) => {
		let sum = 0;

		for (let i = 0; i < n; i++) {
			const k = view().getUint32(iovs + 8 * i + 4, true);
			const got = each(bytes(view().getUint32(iovs + 8 * i, true), k));

			sum += got;
			if (got < k)
				break;
		}
		return sum;
	};
	const reading = (o, at, iovs, n, ret) => {
		try {
			const sum = pieces(iovs, n, (to) => {
				const got = copy(o.file, at, to);

				at += got;
				return got;
			});
			view().setUint32(ret, sum, true);
			return OK;
		} catch (e) {
			if (e instanceof Failed)
				return EIO;
			throw e;
		}
	};
	const env = ['TZ=UTC', 'LC_ALL=C.UTF-8'];

	return {
		out, files,
		args_sizes_get: (c, s) => sizes(job.args, c, s),
		args_get: (p, b) => list(job.args, p, b),
		environ_sizes_get: (c, s) => sizes(env, c, s),
		environ_get: (p, b) => list(env, p, b),
		clock_time_get: (id, precision, p) => {
			u64(p, BigInt(Math.floor(id === 0 ? Date.now() : performance.now())) * 1000000n);
			return OK;
		},
		random_get: (p, n) => {
			crypto.getRandomValues(bytes(p, n));
			return OK;
		},
		proc_exit: (status) => {
			throw { status };
		},
		fd_prestat_get: (fd, p) => {
			if (fd !== 3)
				return EBADF;
			view().setUint32(p, 0, true);
			view().setUint32(p + 4, 1, true);
			return OK;
		},
		fd_prestat_dir_name: (fd, p) => {
			bytes(p, 1)[0] = '.'.charCodeAt(0);
			return OK;
		},
		fd_fdstat_get: (fd, p) => {
			const o = open.get(fd);

			if (!o)
				return EBADF;
			bytes(p, 24).fill(0);
			view().setUint8(p, o.folder ? DIRECTORY : o.device ? CHARACTERS : FILE);
			u64(p + 8, 0x1fffffff);
			u64(p + 16, 0x1fffffff);
			return OK;
		},
		fd_fdstat_set_flags: () => OK,
		fd_sync: () => OK,
		fd_datasync: () => OK,
		fd_close: (fd) => open.delete(fd) ? OK : EBADF,
		fd_filestat_get: (fd, p) => {
			const o = open.get(fd);

			if (!o)
				return EBADF;
			return o.file ? describe(p, FILE, size(o.file)) :
				describe(p, o.folder ? DIRECTORY : CHARACTERS, 0);
		},
		path_filestat_get: (fd, flags, p, n, ret) => {
			const which = name(p, n), f = files.get(which);

			if (which === '' || which === '.')
				return describe(ret, DIRECTORY, 0);
			return f ? describe(ret, FILE, size(f)) : ENOENT;
		},
		path_open: (dir, look, p, n, how, rights, inherit, flags, ret) => {
			const which = name(p, n);
			let f = files.get(which);
			const create = how & 1, exclusive = how & 4, empty = how & 8;

			if (which === '' || which === '.') {
				open.set(next, { folder: true });
				view().setUint32(ret, next++, true);
				return OK;
			}
			if (f && create && exclusive)
				return EEXIST;
			if (!f && !create)
				return ENOENT;
			if (f && f.blob && (empty || create))
				return EROFS;
			if (!f) {
				if (which.includes('/'))
					return ENOENT;
				files.set(which, f = { data: new Uint8Array(0), size: 0 });
			}
			open.set(next, { file: f, at: 0 });
			view().setUint32(ret, next++, true);
			return OK;
		},
		path_rename: (from, p, n, to, q, m) => {
			const f = files.get(name(p, n));

			if (!f)
				return ENOENT;
			files.delete(name(p, n));
			files.set(name(q, m), f);
			return OK;
		},
		path_unlink_file: (fd, p, n) => files.delete(name(p, n)) ? OK : ENOENT,
		fd_seek: (fd, offset, from, ret) => {
			const o = open.get(fd);

			if (!o || !o.file)
				return EBADF;
			o.at = Number(offset) + (from === 0 ? 0 : from === 1 ? o.at : size(o.file));
			u64(ret, o.at);
			return OK;
		},
		fd_read: (fd, iovs, n, ret) => {
			const o = open.get(fd);

			if (!o)
				return EBADF;
			if (o.folder)
				return EISDIR;
			if (o.device) { // nobody types here
				view().setUint32(ret, 0, true);
				return OK;
			}
			const rc = reading(o, o.at, iovs, n, ret);

			if (rc === OK)
				o.at += view().getUint32(ret, true);
			return rc;
		},
		fd_pread: (fd, iovs, n, at, ret) => {
			const o = open.get(fd);

			return o && o.file ? reading(o, Number(at), iovs, n, ret) : EBADF;
		},
		fd_write: (fd, iovs, n, ret) => {
			const o = open.get(fd);

			if (!o || o.folder || fd === 0)
				return EBADF;
			if (o.file && o.file.blob)
				return EROFS;
			view().setUint32(ret, pieces(iovs, n, (from) => {
				if (o.device) {
					out[fd].push(from.slice());
				} else {
					put(o.file, o.at, from);
					o.at += from.length;
				}
				return from.length;
			}), true);
			return OK;
		},
		poll_oneoff: () => ENOSYS,
		sched_yield: () => OK,
	};
}

onmessage = async (message) => {
	const job = message.data;
	let instance, status = 0;
	const sys = system(job, () => instance.exports);
	const imports = {};

	/* what this page does not have is answered so, whatever the module asks for */
	for (const i of WebAssembly.Module.imports(job.module))
		(imports[i.module] = imports[i.module] || {})[i.name] = sys[i.name] || (() => ENOSYS);
	try {
		instance = await WebAssembly.instantiate(job.module, imports);
		instance.exports._start();
	} catch (e) {
		if (typeof e.status !== 'number') {
			postMessage({ died: e instanceof RangeError || /memory/.test(String(e)) ?
				'The page ran out of memory.' : 'The analyzer stopped: ' + String(e) });
			return;
		}
		status = e.status;
	}
	const made = [...sys.files].filter(([, f]) => !f.blob).map(([name, f]) =>
		({ name, blob: new Blob([f.data.subarray(0, f.size)]) }));

	postMessage({ status, read, out: new Blob(sys.out[1]), err: new Blob(sys.out[2]), made });
};
