/*
 * The page around the analyzer: files are dropped, a verb is chosen, a worker runs it (worker.js),
 * and what it said is shown. Every text of an archive goes into the page as text, never as markup.
 */
'use strict';

const $ = (id) => document.getElementById(id);
const files = [];
let running = [], saved = [];

/* What can be asked. args: behind the files; rows: the same as lines of JSON, for a table. */
const VERBS = [
	{ id: 'verify', label: 'Verify', args: [], tiles: ['-o', 'json'], title: 'What was checked' },
	{ id: 'list', label: 'Remediations', args: [], rows: ['-o', 'jsonl'] },
	{ id: 'show', label: 'One story', args: [], ask: 'Which remediation?' },
	{ id: 'approvals', label: 'Approvals', args: [], rows: ['-o', 'jsonl'] },
	{ id: 'controls', label: 'Controls', args: [], rows: ['-o', 'jsonl'] },
	{ id: 'populations', label: 'Populations', args: [] },
	{ id: 'analysis', label: 'Analysis', args: [] },
	{ id: 'reconstruct', label: 'Rebuilt YAML', args: [], ask: 'Which remediation?' },
	{ id: 'sql', label: 'SQL', args: [], query: 'A query over the tables of the archive',
		rows: ['-o', 'jsonl'],
		example: 'SELECT event_type, count(*) FROM events GROUP BY 1 ORDER BY 2 DESC' },
	{ id: 'explain', label: 'Explain a finding', args: [], ask: 'Which finding or rule?',
		plain: true },
	{ id: 'info', label: 'About the files', args: [] },
	{ id: 'report', label: 'Full report', args: ['--out', 'report.html'],
		title: 'The report, to be saved' },
];

const ending = (name) => name.toLowerCase().replace(/^.*\./, '');
const archives = () => files.filter((f) => f.kind === 'archive');

function element(tag, text, attributes) {
	const e = document.createElement(tag);

	if (text !== undefined)
		e.textContent = text;
	for (const [k, v] of Object.entries(attributes || {}))
		e.setAttribute(k, v);
	return e;
}

/* ---- files */

function add(list) {
	for (const blob of list) {
		const kind = { exhibit: 'archive', vkey: 'key', yaml: 'policy', yml: 'policy', note: 'note' }[
			ending(blob.name)];
		let name = blob.name;

		/* two files of one name are told apart, as two folders would do it */
		for (let n = 2; files.some((f) => f.name === name); n++)
			name = blob.name.replace(/(\.[^.]*)?$/, (e) => ' (' + n + ')' + e);
		files.push({ name, blob, kind: kind || 'not used' });
	}
	show_files();
}

function show_files() {
	$('files').replaceChildren(...files.map((f) => {
		const item = element('li'), choice = element('select', undefined,
			{ 'aria-label': 'What ' + f.name + ' is' });
		const remove = element('button', 'Remove', { type: 'button',
			'aria-label': 'Remove ' + f.name });

		for (const kind of ['archive', 'key', 'policy', 'note', 'not used'])
			choice.append(element('option', kind));
		choice.value = f.kind;
		choice.addEventListener('change', () => {
			f.kind = choice.value;
			show_files();
		});
		remove.addEventListener('click', () => {
			files.splice(files.indexOf(f), 1);
			show_files();
		});
		item.append(choice, element('span', f.name), element('span',
			f.blob.size.toLocaleString('en') + ' bytes', { class: 'faint' }), remove);
		return item;
	}));
	for (const b of $('verbs').children)
		b.disabled = !archives().length && b.dataset.verb !== 'explain';
}

/* ---- runs */

let compiled;

/* The module, unpacked once. */
function analyzer() {
	if (!compiled)
		compiled = (async () => {
			const packed = Uint8Array.from(atob($('module').textContent), (c) =>
				c.charCodeAt(0));
			const stream = new Blob([packed]).stream().pipeThrough(
				new DecompressionStream('gzip'));

			return WebAssembly.compile(await new Response(stream).arrayBuffer());
		})();
	return compiled;
}

function command(verb, more) {
	const args = [verb.id];

	if (!verb.plain) {
		args.push(...archives().map((f) => f.name));
		for (const f of files)
			if (f.kind !== 'archive' && f.kind !== 'not used')
				args.push({ key: '--vkey', policy: '--policy', note: '--note' }[f.kind],
					f.name);
	}
	return args.concat(more);
}

/* Runs the analyzer once; what it said, as texts and files. */
async function run(args) {
	const module = await analyzer();
	const worker = new Worker(URL.createObjectURL(new Blob([$('worker').textContent],
		{ type: 'text/javascript' })));

	running.push(worker);
	return new Promise((done, failed) => {
		worker.onerror = (e) => failed(new Error('The worker stopped: ' + e.message));
		worker.onmessage = async ({ data }) => {
			if (data.died)
				failed(new Error(data.died));
			else if (data.status === undefined)
				$('state').textContent = 'Working: ' + (data.read >> 20) + ' MiB read';
			else
				done({ ...data, args, out: await data.out.text(),
					err: await data.err.text() });
		};
		worker.postMessage({ module, args: ['exhibit', ...args],
			files: files.map(({ name, blob }) => ({ name, blob })) });
	}).finally(() => worker.terminate());
}

function stop(say) {
	for (const w of running)
		w.terminate();
	running = [];
	$('state').textContent = say;
	$('cancel').hidden = true;
}

/* A verb, chosen and perhaps asked for more: what comes of it is shown. */
async function perform(verb, more) {
	const mine = {};

	stop('Working');
	perform.newest = mine;
	$('cancel').hidden = false;
	$('problem').textContent = '';
	$('result').hidden = true;
	try {
		const forms = [verb.args, verb.tiles, verb.rows].map((f) =>
			f ? run(command(verb, [...f, ...more])) : null);
		const [plain, tiles, rows] = await Promise.all(forms);

		if (perform.newest !== mine)
			return;
		stop('Done, status ' + plain.status);
		show(verb, plain, tiles, rows);
	} catch (e) {
		if (perform.newest === mine) {
			stop('');
			$('problem').textContent = e.message;
		}
	}
}

/* ---- what is shown */

/* The four states of a dimension (O-26), with the sign that stands for each. */
const STATES = { proven: ['✓', 'good'], disproved: ['✗', 'bad'], 'not proven': ['?', 'unsure'],
	'not checked': ['–', 'unsure'] };

function show_tiles(verdict) {
	const bad = [1, 2, 4].includes(verdict.exit), good = verdict.exit === 0;
	const head = element('div', undefined, { class: 'tile ' +
		(good ? 'good' : bad ? 'bad' : 'unsure') });

	head.append(element('b', (good ? '✓ ' : bad ? '✗ ' : '? ') + verdict.headline.join(' ')));
	$('tiles').append(head);
	/* a dimension that is stated in parts has a state for each, and none for the whole */
	for (const [name, d] of Object.entries(verdict.dimensions))
		for (const p of d.parts || [d]) {
			const [sign, kind] = STATES[p.state] || ['?', 'unsure'];
			const tile = element('div', undefined, { class: 'tile ' + kind });
			const label = p.part ? name + ', ' + (PARTS[p.part] || p.part) : name;

			tile.append(element('b', sign + ' ' + label + ': ' + p.state),
				element('span', p.why || ''));
			$('tiles').append(tile);
		}
}

const PARTS = { 'sealed-here': 'sealed to here', 'source-sealed': 'source to sealed',
	'happened-source': 'happened to source' };

const cell_of = (v) => v === null || v === undefined ? '' :
	typeof v === 'object' ? JSON.stringify(v) : String(v);

function show_table(lines) {
	const rows = [], columns = [];
	let sorted = -1, up = true;

	for (const line of lines.split('\n')) {
		let row;

		try {
			row = line ? JSON.parse(line) : null;
		} catch (e) {
			continue;
		}
		if (!row || row.limits)
			continue;
		rows.push(row);
		for (const k of Object.keys(row))
			if (!columns.includes(k))
				columns.push(k);
	}
	if (!rows.length)
		return;
	const table = element('table'), head = element('tr'), body = element('tbody');
	const draw = () => {
		const wanted = $('filter').value.toLowerCase();
		const found = rows.filter((r) => !wanted || columns.some((c) =>
			cell_of(r[c]).toLowerCase().includes(wanted)));

		if (sorted >= 0)
			found.sort((a, b) => {
				const x = a[columns[sorted]], y = b[columns[sorted]];
				const order = typeof x === 'number' && typeof y === 'number' ? x - y :
					cell_of(x) < cell_of(y) ? -1 : cell_of(x) > cell_of(y) ? 1 : 0;

				return up ? order : -order;
			});
		body.replaceChildren(...found.slice(0, 2000).map((r) => {
			const line = element('tr');

			line.append(...columns.map((c) => element('td', cell_of(r[c]))));
			return line;
		}));
		$('count').textContent = found.length + ' of ' + rows.length + ' rows' +
			(found.length > 2000 ? ', the first 2,000 shown' : '');
	};

	columns.forEach((c, i) => {
		const th = element('th', undefined, { scope: 'col' });
		const button = element('button', c, { type: 'button' });

		button.addEventListener('click', () => {
			up = sorted === i ? !up : true;
			sorted = i;
			for (const other of head.children)
				other.removeAttribute('aria-sort');
			th.setAttribute('aria-sort', up ? 'ascending' : 'descending');
			draw();
		});
		th.append(button);
		head.append(th);
	});
	const top = element('thead');

	top.append(head);
	table.append(top, body);
	$('filter').value = '';
	$('filter').oninput = draw;
	draw();
	$('sheet').replaceChildren(table);
	$('sheet').hidden = $('filters').hidden = false;
	if (columns.includes('correlation_id'))
		$('ids').replaceChildren(...rows.slice(0, 5000).map((r) =>
			element('option', r.correlation_id)));
}

function save_as(label, name, blob) {
	const link = element('a', undefined, { download: name, href: URL.createObjectURL(blob) });
	const button = element('button', label, { type: 'button' });

	saved.push(link.href);
	link.hidden = true;
	button.addEventListener('click', () => link.click());
	$('saves').append(button, link);
}

function show(verb, plain, tiles, rows) {
	for (const url of saved)
		URL.revokeObjectURL(url);
	saved = [];
	for (const id of ['tiles', 'sheet', 'saves'])
		$(id).replaceChildren();
	$('sheet').hidden = $('filters').hidden = true;
	$('title').textContent = verb.title || verb.label;
	/* 64 and above: the tool could not do it, and says why */
	if (plain.status >= 64 || (plain.err && !plain.out && !plain.made.length))
		$('problem').textContent = plain.err || 'Status ' + plain.status;
	if (tiles && tiles.status < 64)
		show_tiles(JSON.parse(tiles.out));
	if (rows && rows.status < 64)
		show_table(rows.out);
	$('text').textContent = (plain.err ? plain.err + '\n' : '') + plain.out;
	$('text').hidden = $('shown').hidden = !plain.out;
	if (plain.out)
		save_as('Save the text', verb.id + (verb.id === 'reconstruct' ? '.yaml' : '.txt'),
			new Blob([plain.out], { type: 'text/plain' }));
	for (const more of [tiles, rows])
		if (more && more.out)
			save_as('Save as JSON', verb.id + (more === rows ? '.jsonl' : '.json'),
				new Blob([more.out], { type: 'application/json' }));
	for (const f of plain.made)
		save_as('Save ' + f.name, f.name, f.blob);
	$('command').textContent = 'The same on a command line: exhibit ' + plain.args.map((a) =>
		/^[\w./=-]+$/.test(a) ? a : "'" + a.replaceAll("'", "'\\''") + "'").join(' ');
	$('result').hidden = false;
	$('title').focus();
}

/* ---- the controls */

function choose(verb, button) {
	for (const b of $('verbs').children)
		b.setAttribute('aria-pressed', b === button);
	$('ask').hidden = !verb.ask && !verb.query;
	$('name').hidden = !verb.ask;
	$('query').hidden = !verb.query;
	if (!verb.ask && !verb.query) {
		perform(verb, []);
		return;
	}
	$('asked').textContent = verb.ask || verb.query;
	$('asked').htmlFor = verb.ask ? 'name' : 'query';
	if (verb.query && !$('query').value)
		$('query').value = verb.example;
	const go = () => {
		const text = (verb.ask ? $('name') : $('query')).value.trim();

		if (text)
			perform(verb, verb.query || verb.plain ? [text] : ['--id', text]);
	};

	$('go').onclick = go;
	$('name').onkeydown = (e) => e.key === 'Enter' && go();
	(verb.ask ? $('name') : $('query')).focus();
}

for (const verb of VERBS) {
	const button = element('button', verb.label, { type: 'button', disabled: '',
		'aria-pressed': 'false', 'data-verb': verb.id });

	button.addEventListener('click', () => choose(verb, button));
	$('verbs').append(button);
}
show_files();
$('cancel').addEventListener('click', () => {
	perform.newest = null;
	stop('Cancelled');
});
$('pick').addEventListener('change', (e) => {
	add(e.target.files);
	e.target.value = '';
});
for (const kind of ['dragover', 'dragleave', 'drop'])
	document.addEventListener(kind, (e) => {
		e.preventDefault();
		$('drop').classList.toggle('over', kind === 'dragover');
		if (kind === 'drop')
			add([...e.dataTransfer.files]);
	});
