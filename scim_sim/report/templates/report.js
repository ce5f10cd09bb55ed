'use strict';
// Makes the page easier to use; nothing in it is needed to read it. Wire text goes through textContent only.
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const live = one('#live');
  document.documentElement.classList.add('js');

  // Copy a command.
  document.addEventListener('click', event => {
    const button = event.target.closest('button[data-copy]');
    if (!button) return;
    const code = one('code', button.parentElement);
    const select = () => { const range = document.createRange(); range.selectNodeContents(code); getSelection().removeAllRanges(); getSelection().addRange(range); };
    const done = () => { button.textContent = live.textContent = 'Copied'; setTimeout(() => { button.textContent = 'Copy'; live.textContent = ''; }, 1500); };
    if (navigator.clipboard) navigator.clipboard.writeText(code.textContent).then(done, select); else select();
  });

  // On paper the ten worst causes and all areas are open.
  addEventListener('beforeprint', () => [...all('details.cause').slice(0, 10), ...all('details.area')].forEach(fold => { if (!fold.open) { fold.open = true; fold.dataset.was = 'closed'; } }));
  addEventListener('afterprint', () => all('details[data-was]').forEach(fold => { fold.open = false; delete fold.dataset.was; }));

  // Requirements: words are ANDed, verdicts ORed; the filter stands in the address.
  const requirements = (() => {
    const search = one('#rq');
    if (!search) return () => {};
    const level = one('#rlevel'), boxes = all('#rchips input'), rows = all('tr[data-v]'), areas = all('details.area');
    const texts = rows.map(row => row.textContent.toLowerCase() + ' ' + row.dataset.v);
    const apply = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), on = new Set(boxes.filter(box => box.checked).map(box => box.value));
      let hits = 0;
      rows.forEach((row, n) => {
        const fits = (!on.size || on.has(row.dataset.v)) && (!level.value || row.dataset.l === level.value) && words.every(word => texts[n].includes(word));
        row.hidden = !fits;
        hits += fits;
      });
      const active = words.length || on.size || level.value;
      for (const area of areas) {
        const left = all('tr[data-v]:not([hidden])', area).length;
        area.hidden = !left;
        if (active) area.open = left > 0;
      }
      one('#rhits').textContent = hits + ' of ' + rows.length + ' requirements';
      one('#rnone').hidden = hits > 0;
      return { words, on };
    };
    const told = () => {
      const { on } = apply(), query = new URLSearchParams();
      if (on.size) query.set('v', [...on].join(','));
      if (level.value) query.set('l', level.value);
      if (search.value.trim()) query.set('q', search.value.trim());
      history.replaceState(null, '', '#requirements' + (query.size ? '?' + query : ''));
    };
    [search, level, one('#rchips')].forEach(node => node.addEventListener('input', told));
    one('#rclear').addEventListener('click', () => { open(new URLSearchParams()); areas.forEach(area => { area.open = false; }); told(); search.focus(); });
    const open = query => {
      const verdicts = (query.get('v') || '').split(',');
      boxes.forEach(box => { box.checked = verdicts.includes(box.value); });
      level.value = query.get('l') || '';
      search.value = query.get('q') || '';
      apply();
    };
    return open;
  })();

  // Timelines: zoom moves the marks along the axis, nothing else.
  for (const box of all('.timeline')) {
    const svg = one('svg[data-length]', box), whole = +svg.dataset.length, left = +svg.dataset.x0, right = +svg.dataset.x1;
    const marks = all('[data-u]', svg), spans = all('[data-u0]', svg);
    let from = 0, to = whole;
    const at = u => left + (u - from) / (to - from) * (right - left);
    const draw = () => {
      const zoomed = to - from < whole * .98, last = {};
      for (const mark of marks) {
        const x = at(+mark.dataset.u), lane = mark.dataset.y || '0', seen = x >= left - 1 && x <= right + 1;
        mark.setAttribute('transform', 'translate(' + x.toFixed(1) + ' ' + lane + ')');
        const tick = mark.classList.contains('tick'), key = tick ? 'tick' : lane, label = one('.label', mark);
        const free = seen && x - (last[key] ?? -1e9) > (tick ? 62 : 132);
        mark.setAttribute('visibility', seen && (!tick || free) ? 'visible' : 'hidden');
        if (label) label.classList.toggle('on', zoomed && free && x < right - 110);
        if (free) last[key] = x;
      }
      for (const span of spans) {
        const a = Math.max(left, at(+span.dataset.u0)), b = Math.min(right, at(+span.dataset.u1)), text = one('text', span);
        span.setAttribute('visibility', b > a ? 'visible' : 'hidden');
        all('rect', span).forEach(rect => { rect.setAttribute('x', a.toFixed(1)); rect.setAttribute('width', Math.max(0, b - a).toFixed(1)); });
        if (text) { text.setAttribute('x', (a + 6).toFixed(1)); text.setAttribute('visibility', b - a > text.textContent.length * 6.4 + 8 ? 'inherit' : 'hidden'); }
      }
    };
    const show = (a, b) => { const width = Math.min(Math.max(b - a, 6), whole); from = Math.min(Math.max(a, 0), whole - width); to = from + width; draw(); };
    const zoom = (factor, middle = (from + to) / 2) => show(middle - (middle - from) * factor, middle + (to - middle) * factor);
    const moves = { in: () => zoom(.5), out: () => zoom(2), left: () => show(from - (to - from) / 3, to - (to - from) / 3), right: () => show(from + (to - from) / 3, to + (to - from) / 3), fit: () => show(0, whole) };
    const keys = { '+': 'in', '-': 'out', ArrowLeft: 'left', ArrowRight: 'right', 0: 'fit' };
    box.addEventListener('click', event => { const button = event.target.closest('button[data-zoom]'); if (button) moves[button.dataset.zoom](); });
    one('select', box).addEventListener('change', event => {
      if (!event.target.value) return moves.fit();
      const [a, b] = event.target.value.split(',').map(Number);
      show(a - 1, b + 1);
    });
    one('.picture', box).addEventListener('keydown', event => { const move = keys[event.key]; if (move && !event.ctrlKey && !event.metaKey) { event.preventDefault(); moves[move](); } });
    svg.addEventListener('wheel', event => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      const place = svg.getBoundingClientRect();
      zoom(event.deltaY > 0 ? 1.25 : .8, from + ((event.clientX - place.left) / place.width * 1080 - left) / (right - left) * (to - from));
    }, { passive: false });
  }

  // JSON laid out from its own text: numbers keep their spelling, repeated members stay, nothing is repaired.
  const parse = text => {
    let at = 0;
    const token = /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*")|([^\s{}[\],:"]+))/y;
    const next = () => { token.lastIndex = at; const found = token.exec(text); if (!found) throw new SyntaxError(); at = token.lastIndex; return found; };
    const peek = () => { const was = at, found = next(); at = was; return found; };
    const string = raw => JSON.stringify(JSON.parse(raw));
    const value = depth => {
      if (depth > 200) throw new SyntaxError();
      const [, mark, text, literal] = next();
      if (text !== undefined) return { kind: 's', text: string(text) };
      if (literal !== undefined) { if (!/^(?:-?\d[\d.eE+-]*|true|false|null)$/.test(literal)) throw new SyntaxError(); return { kind: 'n', text: literal }; }
      if (mark !== '{' && mark !== '[') throw new SyntaxError();
      const items = [], end = mark === '{' ? '}' : ']';
      if (peek()[1] === end) { next(); return { kind: mark, items }; }
      for (;;) {
        let key = null;
        if (mark === '{') { const found = next(); if (found[2] === undefined) throw new SyntaxError(); key = JSON.parse(found[2]); if (next()[1] !== ':') throw new SyntaxError(); }
        items.push([key, value(depth + 1)]);
        const after = next()[1];
        if (after === end) return { kind: mark, items };
        if (after !== ',') throw new SyntaxError();
      }
    };
    const tree = value(0);
    if (text.slice(at).trim()) throw new SyntaxError();
    return tree;
  };
  const close = { '{': '}', '[': ']' };
  const flat = node => node.items ? node.kind + node.items.map(([key, item]) => (key === null ? '' : JSON.stringify(key) + ': ') + flat(item)).join(', ') + close[node.kind] : node.text;

  // Characters that hide or reorder text are shown by their number.
  const HIDDEN = /([\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|(?<![\ud800-\udbff])[\udc00-\udfff]|[\ud800-\udbff](?![\udc00-\udfff]))/u;
  const named = part => { const code = part.codePointAt(0); return code >= 0xdc80 && code <= 0xdcff ? '0x' + (code - 0xdc00).toString(16).toUpperCase() : 'U+' + code.toString(16).toUpperCase().padStart(4, '0'); };
  const wire = (node, text) => { text.split(HIDDEN).forEach((part, n) => node.append(n % 2 ? make('span', 'ctl', named(part)) : part)); return node; };

  // Exchanges: packed in the page, unpacked when somebody looks.
  const list = one('#xlist');
  const unpack = async id => {
    const raw = atob(document.getElementById(id).textContent), bytes = new Uint8Array(raw.length);
    for (let n = 0; n < raw.length; n++) bytes[n] = raw.charCodeAt(n);
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).json();
  };
  let find = async () => {}, search = async () => {};
  if (list) {
    const CHUNK = 500, ROW = 36, chunks = new Map(), pad = one('#xpad'), pane = one('#xpane'), words = one('#xq'), sender = one('#xe'), evidence = one('#xf');
    let index = null, view = [], current = null, haystack = [];
    const chunk = n => { if (!chunks.has(n)) chunks.set(n, unpack('xc-' + n)); return chunks.get(n); };
    const voice = name => (all('option', sender).find(option => option.value === name) || { textContent: name }).textContent;
    const pieces = (node, into) => {
      if (!node.items) { wire(into.appendChild(make('span', node.kind)), node.text); return; }
      into.append(node.kind);
      node.items.forEach(([key, item], n) => { if (n) into.append(', '); if (key !== null) { wire(into.appendChild(make('span', 'k')), JSON.stringify(key)); into.append(': '); } pieces(item, into); });
      into.append(close[node.kind]);
    };
    const layout = (pre, tree, marks) => {
      const under = (pointer, place) => pointer.toLowerCase() === place.toLowerCase() || pointer.toLowerCase().startsWith(place.toLowerCase() + '/');
      let opened = null;
      const flush = () => { if (opened) pre.append(make('span', 'say i' + opened.depth, opened.say + '\n')); opened = null; };
      const line = (pointer, depth, build) => {
        const mark = marks.find(m => !m.missing && m.pointer.startsWith('/') && under(pointer, m.pointer));
        if (opened && opened.mark !== mark) flush();
        const node = make('span', 'ln i' + Math.min(depth, 7) + (mark ? ' marked' : ''));
        if (mark && !opened) { node.append(make('span', 'unseen', 'Marked line: ')); opened = { mark, say: mark.say, depth: Math.min(depth, 7) }; }
        build(node); node.append('\n'); pre.append(node);
      };
      const walk = (item, pointer, depth, key, tail) => {
        const head = node => { if (key !== null) { wire(node.appendChild(make('span', 'k')), JSON.stringify(key)); node.append(': '); } };
        const big = item.items && item.items.length && (flat(item).length > 64 || marks.some(m => m.pointer.toLowerCase().startsWith(pointer.toLowerCase() + '/')));
        if (!big) return line(pointer, depth, node => { head(node); pieces(item, node); node.append(tail); });
        line(pointer, depth, node => { head(node); node.append(item.kind); });
        item.items.forEach(([name, child], n) => walk(child, pointer + '/' + String(name ?? n).replace(/~/g, '~0').replace(/\//g, '~1'), depth + 1, name, n < item.items.length - 1 ? ',' : ''));
        for (const m of marks.filter(m => m.missing && m.pointer.startsWith('/') && m.pointer.slice(0, m.pointer.lastIndexOf('/')).toLowerCase() === pointer.toLowerCase())) absent(pre, m, depth + 1);
        line(pointer, depth, node => node.append(close[item.kind] + tail));
      };
      walk(tree, '', 0, null, '');
      flush();
    };
    const absent = (pre, mark, depth) => {
      const node = make('span', 'ln marked missing i' + Math.min(depth, 7));
      wire(node, mark.pointer.replace('header:', '').split('/').pop() + ' is absent\n');
      pre.append(node, make('span', 'say i' + Math.min(depth, 7), mark.say + '\n'));
    };
    const size = count => count < 1024 ? count + ' bytes' : count < 1048576 ? (count / 1024).toFixed(1) + ' KB' : (count / 1048576).toFixed(1) + ' MB';
    const side = (title, start, headers, body, bytes, marks) => {
      const box = make('div'), head = make('div', 'side-head'), pre = make('pre');
      head.append(make('b', '', title)); box.append(head, pre);
      pre.tabIndex = 0; pre.setAttribute('role', 'group'); pre.setAttribute('aria-label', title);
      const http = marks.find(m => m.pointer === 'http'), first = make('span', 'ln start' + (http ? ' marked' : ''));
      wire(first, start + '\n'); pre.append(first);
      if (http) pre.append(make('span', 'say', http.say + '\n'));
      for (const [name, value] of headers) {
        const mark = marks.find(m => !m.missing && m.pointer.toLowerCase() === 'header:' + name.toLowerCase()), node = make('span', 'ln header' + (mark ? ' marked' : ''));
        wire(node, name + ': ' + value + '\n'); pre.append(node);
        if (mark) pre.append(make('span', 'say', mark.say + '\n'));
      }
      marks.filter(m => m.missing && m.pointer.startsWith('header:')).forEach(m => absent(pre, m, 0));
      pre.append(make('span', 'ln', '\n'));
      if (body === null) { pre.append(make('span', 'ln h', bytes ? '(the body of ' + size(bytes) + ' was left out)' : '(no body)')); return box; }
      let tree = null;
      try { tree = parse(body); } catch { /* shown as it is */ }
      if (tree) layout(pre, tree, marks); else wire(pre.appendChild(make('span', 'ln')), body);
      if (!tree && bytes > body.length) pre.append(make('span', 'ln gap', '… cut: ' + size(bytes) + ' in all'));
      return box;
    };
    const show = async (i, focus) => {
      current = i; paint();
      let x;
      try { x = (await chunk(Math.floor(i / CHUNK)))[i % CHUNK]; } catch { return; }
      if (current !== i) return;
      const target = x.q || index.p[i], marks = x.k.map(([side, pointer, say, missing]) => ({ side, pointer, say, missing: !!missing }));
      const head = make('h3'); head.tabIndex = -1; wire(head, index.id[i] + '  ' + index.m[i] + ' ' + target);
      const facts = [voice(index.e[i]), index.l[i], index.n[i], x.ms.toLocaleString('en', { maximumFractionDigits: 1 }) + ' ms'].filter(Boolean);
      const note = wire(make('p', 'small'), facts.join(' · '));
      if (x.rc) { const link = make('a', '', x.rc); link.href = '#' + x.rc; note.append(' · evidence for ', link); }
      const sides = make('div', 'sides');
      sides.append(side('Sent', index.m[i] + ' ' + target, x.rh, x.rb, x.rs, marks.filter(m => m.side === 's')));
      sides.append(side('Came back', x.f ? 'No answer: ' + x.f : 'HTTP ' + index.st[i] + ' ' + x.sr, x.sh, x.sb, x.ss, marks.filter(m => m.side === 'r')));
      pane.replaceChildren(head, note, sides);
      pane.scrollTop = 0;
      if (focus) { one('#exchanges').scrollIntoView(); head.focus({ preventScroll: true }); }
    };
    const paint = () => {
      if (!index) return;
      const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 6), last = Math.min(view.length, first + Math.ceil(list.clientHeight / ROW) + 12), rows = [];
      pad.style.height = view.length * ROW + 'px';
      for (let k = first; k < last; k++) {
        const i = view[k], row = make('div', 'row'), verdict = index.v[i];
        row.id = 'x-' + i; row.dataset.i = i; row.style.top = k * ROW + 'px';
        row.setAttribute('role', 'option'); row.setAttribute('aria-selected', i === current); row.setAttribute('aria-setsize', view.length); row.setAttribute('aria-posinset', k + 1);
        const path = wire(make('span', 'path'), index.p[i]);
        if (index.n[i]) path.append(wire(make('span', 'why'), index.n[i]));
        const flag = make('span', verdict && verdict !== 'known' ? 'bad' : '', verdict === 'known' ? '▪' : verdict ? '✕' : '');
        if (verdict) { flag.append(make('span', 'unseen', verdict)); row.title = verdict; }
        row.append(make('span', 'id', index.id[i]), make('span', '', index.m[i]), path, make('span', '', index.st[i] || '–'), flag);
        rows.push(row);
      }
      pad.replaceChildren(...rows);
      if (current !== null && document.getElementById('x-' + current)) list.setAttribute('aria-activedescendant', 'x-' + current); else list.removeAttribute('aria-activedescendant');
    };
    const refilter = () => {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      view = [];
      for (let i = 0; i < haystack.length; i++) if ((!sender.value || index.e[i] === sender.value) && (!evidence.checked || index.v[i]) && wanted.every(word => haystack[i].includes(word))) view.push(i);
      one('#xn').textContent = view.length.toLocaleString('en') + ' of ' + haystack.length.toLocaleString('en');
      one('#xempty').hidden = view.length > 0;
      list.scrollTop = 0;
      paint();
    };
    const ready = (async () => {
      if (!('DecompressionStream' in self)) { one('#xold').hidden = false; return; }
      index = await unpack('xi');
      haystack = index.id.map((id, i) => [id, index.m[i], index.p[i], index.st[i], index.l[i], index.n[i], index.v[i], index.rc[i]].join(' ').toLowerCase());
      refilter();
    })();
    list.addEventListener('scroll', paint);
    [words, sender, evidence].forEach(node => node.addEventListener('input', () => index && refilter()));
    list.addEventListener('click', event => { const row = event.target.closest('.row'); if (row) show(+row.dataset.i); });
    list.addEventListener('keydown', event => {
      const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10, Home: -1e9, End: 1e9 }[event.key];
      if (!move || !view.length) return;
      event.preventDefault();
      const k = Math.min(view.length - 1, Math.max(0, view.indexOf(current) + move));
      if (k * ROW < list.scrollTop) list.scrollTop = k * ROW;
      if ((k + 1) * ROW > list.scrollTop + list.clientHeight) list.scrollTop = (k + 1) * ROW - list.clientHeight;
      show(view[k]);
    });
    search = async text => { await ready; sender.value = ''; evidence.checked = false; words.value = text; if (index) refilter(); };
    find = async (id, focus) => {
      await ready;
      const i = index ? index.id.indexOf(id) : -1;
      if (i < 0) return;
      if (!view.includes(i)) { words.value = sender.value = ''; evidence.checked = false; refilter(); }
      list.scrollTop = Math.max(0, view.indexOf(i) * ROW - 120);
      show(i, focus);
    };
    if (!/^#E[\d-]+$/.test(location.hash)) ready.then(() => { if (index && index.id.length) find(list.dataset.first || index.id[0], false); });
  }

  // Links: #E03-0034 opens the exchange, #RC-3 the cause, #requirements?v=violation the filter.
  const go = () => {
    const [id, query] = decodeURIComponent(location.hash.slice(1)).split('?');
    if (/^E[\d-]+$/.test(id)) return void find(id, true);
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let fold = target.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
    if (id === 'requirements' && query !== undefined) requirements(new URLSearchParams(query));
    if (id === 'exchanges' && query !== undefined) search(new URLSearchParams(query).get('q') || '');
    target.scrollIntoView();
  };
  addEventListener('hashchange', go);
  document.addEventListener('click', event => { const link = event.target.closest('a[href^="#"]'); if (link && link.getAttribute('href') === location.hash) go(); });
  if (location.hash) go();
})();
